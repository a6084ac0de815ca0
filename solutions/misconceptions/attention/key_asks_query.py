"""You let each key ask the queries: your scores are transposed.

Scores belong to (..., L, S), a row for each query. Yours are (..., S, L), which goes unnoticed only while L = S. Which of
the two factors should supply the rows?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = key @ query.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
