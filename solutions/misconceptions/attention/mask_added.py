"""You add the mask to the scores as it is.

With 0 and 1 that only makes the allowed keys a little likelier; nothing is blocked. What would you have to add so that a
key ends with weight 0?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores + mask
    return torch.softmax(scores, dim=-1) @ value
