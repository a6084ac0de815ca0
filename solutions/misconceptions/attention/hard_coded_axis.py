"""Your softmax names the key axis by a number which is right for three-dimensional inputs only.

There may be no leading dimension, or several, and then axis 2 is missing or another one. From which end is the key axis
always at the same place?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=2) @ value
