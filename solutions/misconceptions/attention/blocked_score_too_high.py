"""You block a key with a score of -10,000, which real scores can reach as well.

Where the other scores are as low as that, the blocked key gets weight again. Is there a number which no score can fall
below?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -1e4)
    return torch.softmax(scores, dim=-1) @ value
