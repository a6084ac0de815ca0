"""Your scores are not divided by √d.

Dot products grow with the feature size d, and the softmax of large scores looks at one key only. Look at TODO 2: which
number brings the spread of the scores back to about 1?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
