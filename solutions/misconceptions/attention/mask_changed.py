"""You turn the caller's own mask round in place.

The caller uses the mask again in the next layer, where it now blocks the wrong keys. Which methods end in an underscore,
and what does that mean?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not_() != 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
