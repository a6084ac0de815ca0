"""You compute in float32, whatever the dtype of the scores is.

With float64 scores the result has the wrong dtype, and half of its digits are gone. The dtype of the scores is the one to
keep.
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
    scores = scores.float().masked_fill(~keep, torch.finfo(torch.float32).min)
    return torch.softmax(scores, dim=-1).masked_fill(~keep, 0.0)
