"""You scale the weights after the softmax, and not the scores before it.

The softmax has already seen the large scores, and the weights of a query no longer sum to 1. Check the sum of each row of
your weights.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    weights = torch.softmax(scores, dim=-1) / math.sqrt(query.size(-1))
    return weights @ value
