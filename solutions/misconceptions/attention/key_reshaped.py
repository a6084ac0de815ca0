"""You reshape the key where it should be transposed.

`reshape` keeps the numbers in the order of memory and only draws the lines between rows elsewhere, so features and
positions mix. Compare key.reshape(d, S) with key.T for a small key.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    key = key.reshape(*key.shape[:-2], key.size(-1), key.size(-2))
    scores = query @ key / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
