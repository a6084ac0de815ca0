"""Your softmax takes the exponential of the scores as they are.

exp of a score above 88 is infinity in float32, and infinity divided by infinity is NaN. `torch.softmax` has a way round
that.
"""

import math

import torch
from torch import Tensor


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    weights = torch.exp(scores)
    return weights / weights.sum(dim=-1, keepdim=True)


def most_attended(weights: Tensor, tokens: list[str]) -> list[str]:
    return [tokens[column] for column in weights.argmax(dim=-1).tolist()]
