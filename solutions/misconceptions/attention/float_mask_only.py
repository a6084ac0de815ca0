"""Your mask has to be a tensor of numbers.

PyTorch refuses to subtract a bool tensor, so the most common kind of mask raises an error. Which comparison turns a mask
of any dtype into a bool one?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores + (1 - mask) * -1e9
    return torch.softmax(scores, dim=-1) @ value
