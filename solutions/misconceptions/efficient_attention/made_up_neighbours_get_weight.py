"""You give weight to positions before the start and after the end.

Rows of zeros stand there, and a score of 0 is a score like any other. Which score has no weight?
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def sliding_window_mask(size: int, window: int) -> Tensor:
    positions = torch.arange(size)
    return (positions.unsqueeze(1) - positions).abs() <= window


def sliding_window_attention(query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    length = query.size(-2)
    window = min(window, length - 1)
    keys = F.pad(key, (0, 0, window, window)).unfold(-2, 2 * window + 1, 1)
    values = F.pad(value, (0, 0, window, window)).unfold(-2, 2 * window + 1, 1)
    scores = (query.unsqueeze(-2) @ keys).squeeze(-2) / math.sqrt(query.size(-1))
    weights = torch.softmax(scores, dim=-1)
    return (values @ weights.unsqueeze(-1)).squeeze(-1)
