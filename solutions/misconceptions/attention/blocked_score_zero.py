"""You set the score of a blocked key to zero.

The softmax takes exponentials, and exp(0) = 1 is a weight like any other. Which score has an exponential of 0?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, 0.0)
    return torch.softmax(scores, dim=-1) @ value
