"""You fill a result of the query's shape.

The rows of the result have d_v features, as many as the values and not as many as the query. Try d_v ≠ d.
"""

import math

import torch
from torch import Tensor


def sliding_window_mask(size: int, window: int) -> Tensor:
    positions = torch.arange(size)
    return (positions.unsqueeze(1) - positions).abs() <= window


def sliding_window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    result = torch.zeros_like(query)
    for i in range(query.size(-2)):
        near = slice(max(0, i - window), i + window + 1)
        scores = key[..., near, :] @ query[..., i, :].unsqueeze(-1) / math.sqrt(query.size(-1))
        result[..., i, :] = (torch.softmax(scores, dim=-2) * value[..., near, :]).sum(dim=-2)
    return result
