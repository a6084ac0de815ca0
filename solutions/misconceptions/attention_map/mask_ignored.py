"""You never use the mask.

Padding and the future get weight like everything else. Try a mask which blocks all keys but one.
"""

import math

import torch
from torch import Tensor


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    return torch.softmax(scores, dim=-1)


def most_attended(weights: Tensor, tokens: list[str]) -> list[str]:
    return [tokens[column] for column in weights.argmax(dim=-1).tolist()]
