"""You scale by the square root of the number of keys.

A score sums over the features and not over the keys, so its spread depends on d, whatever S is. Look at which dimension
of the key you take the size of.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(key.size(-2))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
