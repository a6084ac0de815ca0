"""You drop tokens that were named before.

Two queries may well look at the same token, and the list has L entries all the same. What do you do with repetitions?
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
    return list(dict.fromkeys(tokens[column] for column in weights.argmax(dim=-1).tolist()))
