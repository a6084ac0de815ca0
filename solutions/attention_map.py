"""The attention map: where each word looks (Vaswani et al. 2017, eq. 1)."""

import math

import torch
from torch import Tensor


def attention_weights(query: Tensor, key: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return softmax(query · keyᵀ / √d). See `exercises/attention_map.py` for the contract."""
    scores = query @ key.transpose(-2, -1)  # (..., L, S)
    scores = scores / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1)  # (..., L, S), each row sums to 1


def most_attended(weights: Tensor, tokens: list[str]) -> list[str]:
    """Return for each query the token which it attends to most."""
    columns = weights.argmax(dim=-1)  # (L,), the first one on ties
    return [tokens[column] for column in columns.tolist()]
