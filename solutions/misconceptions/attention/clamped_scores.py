"""You clamp the scores to keep them small.

Scores beyond the limit become equal, and with them the weights; the gradient is gone there too. `torch.softmax` copes
with large scores by itself.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    scores = scores.clamp(-50.0, 50.0)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
