"""You cut the value off (`.data`, `.detach()`), so no gradient reaches it.

`.data` cuts the tensor out of the graph: what the values come from is never trained. Use the tensor itself.
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value.data
