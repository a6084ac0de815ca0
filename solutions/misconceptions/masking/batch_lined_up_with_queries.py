"""You join the two masks without giving the padding an axis for the queries.

Broadcasting then takes the N sequences for the L queries: an error, or worse, a mask without a batch. Write the two
shapes below each other.
"""

import torch
from torch import Tensor


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    return torch.arange(max_len) < lengths.unsqueeze(1)


def causal_mask(size: int) -> Tensor:
    return torch.ones(size, size, dtype=torch.bool).tril()


def combine_masks(padding: Tensor, causal: Tensor) -> Tensor:
    return padding & causal


def to_attn_mask(keep: Tensor) -> Tensor:
    return ~keep


def masked_softmax(scores: Tensor, keep: Tensor) -> Tensor:
    scores = scores.masked_fill(~keep, torch.finfo(scores.dtype).min)
    return torch.softmax(scores, dim=-1).masked_fill(~keep, 0.0)
