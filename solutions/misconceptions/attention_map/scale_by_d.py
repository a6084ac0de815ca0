"""You divide the scores by d, and not by the square root of d.

The map is then more even than what `attention` really does. Look at the formula in the docstring again.
"""

import math

import torch
from torch import Tensor


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / query.size(-1)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1)


def most_attended(weights: Tensor, tokens: list[str]) -> list[str]:
    return [tokens[column] for column in weights.argmax(dim=-1).tolist()]
