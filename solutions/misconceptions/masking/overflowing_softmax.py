"""Your softmax takes the exponential of the scores as they are.

exp of a score above 88 is infinity in float32, and infinity divided by infinity is NaN. `torch.softmax` has a way round
that.
"""

import torch
from torch import Tensor


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    return torch.arange(max_len) < lengths.unsqueeze(1)


def causal_mask(size: int) -> Tensor:
    return torch.ones(size, size, dtype=torch.bool).tril()


def combine_masks(padding: Tensor, causal: Tensor) -> Tensor:
    return padding.unsqueeze(1) & causal


def to_attn_mask(keep: Tensor) -> Tensor:
    return ~keep


def masked_softmax(scores: Tensor, keep: Tensor) -> Tensor:
    weights = torch.exp(scores) * keep
    return weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-30)
