"""Your window may not be larger than the sequence.

A window of 10 in a sequence of 4 just means that everybody sees everybody. What is the widest window that makes a
difference?
"""

import math

import torch
from torch import Tensor


def sliding_window_mask(size: int, window: int) -> Tensor:
    positions = torch.arange(size)
    return (positions.unsqueeze(1) - positions).abs() <= window


def sliding_window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    length = query.size(-2)
    near = [slice(max(0, offset), length + min(0, offset)) for offset in range(-window, window + 1)]
    scores = query.new_full((*query.shape[:-1], 2 * window + 1), -math.inf)
    for w, (there, here) in enumerate(zip(near, reversed(near))):
        scores[..., here, w] = (query[..., here, :] * key[..., there, :]).sum(dim=-1) / math.sqrt(query.size(-1))
    weights = torch.softmax(scores, dim=-1)
    result = torch.zeros_like(value)
    for w, (there, here) in enumerate(zip(near, reversed(near))):
        result[..., here, :] += weights[..., here, w].unsqueeze(-1) * value[..., there, :]
    return result
