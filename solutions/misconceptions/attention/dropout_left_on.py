"""You apply dropout to the weights at every call.

`F.dropout` is active unless it is told otherwise, so the result is random and too large by 1 / (1 - p) where it is kept.
The formula in the docstring has no dropout.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    weights = F.dropout(torch.softmax(scores, dim=-1), p=0.1)
    return weights @ value
