"""You block the future even when nobody asked for it.

Without a mask every query may look at every key. A causal mask is the caller's choice, handed over as `mask`.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    causal = torch.ones(scores.shape[-2:]).tril()
    scores = scores.masked_fill(causal == 0, -math.inf)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
