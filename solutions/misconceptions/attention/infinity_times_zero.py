"""You multiply infinity by zero, and that is not a number.

Where the mask lets the query look, your bias is -inf · 0 = NaN, and it spreads over the whole row. Choose the entries to
fill, rather than multiply.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores + (mask == 0) * -math.inf
    return torch.softmax(scores, dim=-1) @ value
