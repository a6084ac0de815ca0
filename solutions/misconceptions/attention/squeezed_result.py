"""You squeeze the result.

Every dimension of size 1 disappears: with one query, one sample or one value feature the shape is wrong. The result
always has the shape (..., L, d_v).
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return (torch.softmax(scores, dim=-1) @ value).squeeze()
