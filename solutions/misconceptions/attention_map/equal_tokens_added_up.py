"""You weigh a token that occurs twice by the sum of its columns.

Each column counts on its own, even if two of them have the same token. Try the tokens "the cat and the dog".
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
    totals = [{} for _ in weights]
    for total, row in zip(totals, weights.tolist()):
        for token, weight in zip(tokens, row):
            total[token] = total.get(token, 0.0) + weight
    return [max(total, key=total.get) for total in totals]
