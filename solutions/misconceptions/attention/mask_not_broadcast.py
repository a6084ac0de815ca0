"""Your mask has to have exactly the shape of the scores.

A mask of shape (S,) or (N, 1, 1, S) is allowed too, and indexing with a bool tensor does not broadcast. Which operation
fills entries and broadcasts?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores[mask == 0] = -math.inf
    return torch.softmax(scores, dim=-1) @ value
