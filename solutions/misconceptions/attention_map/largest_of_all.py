"""You look for the largest weight of the whole map.

Each query has its own favourite, so the list has L tokens. What does `argmax` do when it is given no axis?
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
    return [tokens[int(weights.argmax()) % len(tokens)]]
