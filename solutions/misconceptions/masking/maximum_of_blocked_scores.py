"""The maximum that you subtract counts blocked scores too.

A large blocked score pushes the kept ones so low that all of them become 0. Block first, then look for the maximum.
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
    weights = torch.exp(scores - scores.amax(dim=-1, keepdim=True)) * keep
    return weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-30)
