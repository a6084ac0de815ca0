"""You blank out each largest weight in the caller's own map.

The answer is right once, and the map is spoiled for everything that follows. Do you have to write into it at all?
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
    favourites = []
    for row in weights:
        column = int(row.argmax())
        favourites.append(tokens[column])
        row[column] = 0.0
    return favourites
