"""Your padding mask is as wide as the longest sequence, and not max_len wide.

The tensors of the batch may have more positions than the longest sequence fills. Look at the argument that you don't use.
"""

import torch
from torch import Tensor


def padding_mask(lengths: Tensor, max_len: int) -> Tensor:
    return torch.arange(int(lengths.max())) < lengths.unsqueeze(1)


def causal_mask(size: int) -> Tensor:
    return torch.ones(size, size, dtype=torch.bool).tril()


def combine_masks(padding: Tensor, causal: Tensor) -> Tensor:
    return padding.unsqueeze(1) & causal


def to_attn_mask(keep: Tensor) -> Tensor:
    return ~keep


def masked_softmax(scores: Tensor, keep: Tensor) -> Tensor:
    scores = scores.masked_fill(~keep, torch.finfo(scores.dtype).min)
    return torch.softmax(scores, dim=-1).masked_fill(~keep, 0.0)
