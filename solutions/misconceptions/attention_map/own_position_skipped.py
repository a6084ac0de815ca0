"""You do not let a word attend to itself.

It is often interesting to leave the diagonal out, but the question is for the largest weight of the row. Try a map with a
strong diagonal.
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
    others = weights.clone()
    others.fill_diagonal_(-1.0)
    return [tokens[column] for column in others.argmax(dim=-1).tolist()]
