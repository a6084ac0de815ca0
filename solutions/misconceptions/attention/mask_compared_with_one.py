"""You keep a key only where the mask is exactly 1.

A mask may hold any numbers, and only 0 blocks. What should you compare the mask with, so that 2 and 0.5 let through as well?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask != 1, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
