"""You return the weights along with the tokens.

The docstring promises a list of tokens, and you give a list of pairs. Look at the example.
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
    values, columns = weights.max(dim=-1)
    return [(tokens[column], value) for column, value in zip(columns.tolist(), values.tolist())]
