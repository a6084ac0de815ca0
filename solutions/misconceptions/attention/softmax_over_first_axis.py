"""Your softmax runs over the first axis of the scores.

The first axis is the batch as soon as there is one, so the samples compete with each other for weight. Count the axes
from the end: the leading ones vary.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=0) @ value
