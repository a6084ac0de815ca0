"""Your mask has to be a bool tensor.

`~` flips the bits of an integer (~1 is -2) and is refused for floats, but the mask may be of any dtype. Which comparison
turns it into a bool one?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
