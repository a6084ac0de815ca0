"""Your window wraps around: the first position looks at the last ones.

A negative index counts from the end in Python, and so does a remainder. Those positions do not exist and must get no
weight.
"""

import math

import torch
from torch import Tensor


def sliding_window_mask(size: int, window: int) -> Tensor:
    positions = torch.arange(size)
    return (positions.unsqueeze(1) - positions).abs() <= window


def sliding_window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    length = query.size(-2)
    window = min(window, length - 1)
    positions = torch.arange(length).unsqueeze(1) + torch.arange(-window, window + 1)
    neighbours = positions % length
    keys, values = key[..., neighbours, :], value[..., neighbours, :]
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.size(-1))
    weights = torch.softmax(scores, dim=-1)
    return (weights.unsqueeze(-2) @ values).squeeze(-2)
