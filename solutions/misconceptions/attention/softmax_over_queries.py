"""Your softmax runs over the queries.

Each query spreads a total weight of 1 over the keys; with yours, each key spreads it over the queries. Which dimension of
(..., L, S) is the one of the keys?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-2) @ value
