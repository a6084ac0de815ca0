"""Your softmax spreads the weight evenly over a row with every key blocked.

All its scores are equally low, so each key gets 1 / S, although none may be looked at. Such a row should be all 0.
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
    return torch.softmax(scores.masked_fill(~keep, torch.finfo(scores.dtype).min), dim=-1)
