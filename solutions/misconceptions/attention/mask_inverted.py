"""You read the mask the wrong way round.

In this exercise 0 or False blocks, and anything else lets the query look. (`nn.MultiheadAttention` has it the other way
round.) Look at which keys you fill.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask != 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
