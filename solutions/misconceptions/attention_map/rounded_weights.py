"""You round the weights for printing.

The rows no longer sum to 1, and small weights vanish. Round where you print, and return the weights as they are.
"""

import math

import torch
from torch import Tensor


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1).round(decimals=2)


def most_attended(weights: Tensor, tokens: list[str]) -> list[str]:
    return [tokens[column] for column in weights.argmax(dim=-1).tolist()]
