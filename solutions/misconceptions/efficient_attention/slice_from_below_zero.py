"""Your slices begin below zero.

x[-2:3] does not begin before the start but two from the end, so the first rows get nothing or the wrong keys. Where
should a slice begin at the earliest?
"""

import math

import torch
from torch import Tensor


def sliding_window_mask(size: int, window: int) -> Tensor:
    positions = torch.arange(size)
    return (positions.unsqueeze(1) - positions).abs() <= window


def sliding_window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    rows = []
    for i in range(query.size(-2)):
        near = slice(i - window, i + window + 1)
        scores = key[..., near, :] @ query[..., i, :].unsqueeze(-1) / math.sqrt(query.size(-1))
        rows.append((torch.softmax(scores, dim=-2) * value[..., near, :]).sum(dim=-2))
    return torch.stack(rows, dim=-2)
