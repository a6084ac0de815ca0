"""You return a float mask of 0 and -inf.

`nn.MultiheadAttention` takes that as well, but the promise here is the bool convention. Check the dtype of what you
return.
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
    return torch.zeros(keep.shape).masked_fill(~keep, float("-inf"))


def masked_softmax(scores: Tensor, keep: Tensor) -> Tensor:
    scores = scores.masked_fill(~keep, torch.finfo(scores.dtype).min)
    return torch.softmax(scores, dim=-1).masked_fill(~keep, 0.0)
