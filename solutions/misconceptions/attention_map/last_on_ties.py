"""You take the last of several equal weights.

The docstring asks for the first one. What does your search do when it meets an equal weight?
"""

import math

import torch
from torch import Tensor


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1)


def most_attended(weights: Tensor, tokens: list[str]) -> list[str]:
    last = [max(range(len(row)), key=lambda column: (row[column], column)) for row in weights.tolist()]
    return [tokens[column] for column in last]
