"""You fill a result of PyTorch's default dtype.

`torch.zeros` gives float32, so a float64 result loses half of its digits. Take the dtype from the inputs.
"""

import math

import torch
from torch import Tensor


def sliding_window_mask(size: int, window: int) -> Tensor:
    positions = torch.arange(size)
    return (positions.unsqueeze(1) - positions).abs() <= window


def sliding_window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    result = torch.zeros(*query.shape[:-1], value.size(-1))
    for i in range(query.size(-2)):
        near = slice(max(0, i - window), i + window + 1)
        scores = key[..., near, :] @ query[..., i, :].unsqueeze(-1) / math.sqrt(query.size(-1))
        result[..., i, :] = (torch.softmax(scores, dim=-2) * value[..., near, :]).sum(dim=-2)
    return result
