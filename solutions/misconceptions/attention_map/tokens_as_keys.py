"""You make a dictionary from tokens to weights, and a token that occurs twice keeps only its last weight.

Each column has a weight of its own, whatever its token is. What tells columns apart, if their tokens are the same?
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
    for row in weights.tolist():
        weight_of = dict(zip(tokens, row, strict=True))
        favourites.append(max(weight_of, key=weight_of.get))
    return favourites
