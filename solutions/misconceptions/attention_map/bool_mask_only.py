"""Your mask has to be a bool tensor.

`~` flips the bits of an integer and is refused for floats, but the mask may be of any dtype. Which comparison makes it a
bool one?
"""

import math

import torch
from torch import Tensor


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return torch.softmax(scores, dim=-1)


def most_attended(weights: Tensor, tokens: list[str]) -> list[str]:
    return [tokens[column] for column in weights.argmax(dim=-1).tolist()]
