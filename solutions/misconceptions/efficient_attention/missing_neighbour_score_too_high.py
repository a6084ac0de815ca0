"""You give positions that do not exist a score of -10,000, which real scores can reach as well.

Where the real scores are as low as that, a made-up neighbour gets weight again. Is there a number which no score can fall
below?
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
    exists = (positions >= 0) & (positions < length)
    neighbours = positions.clamp(0, length - 1)
    keys, values = key[..., neighbours, :], value[..., neighbours, :]
    scores = (keys @ query.unsqueeze(-1)).squeeze(-1) / math.sqrt(query.size(-1))
    scores = scores.masked_fill(~exists, -1e4)
    weights = torch.softmax(scores, dim=-1)
    return (weights.unsqueeze(-2) @ values).squeeze(-2)
