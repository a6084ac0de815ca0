"""Your transpose of the key is right for three-dimensional inputs only.

With two dimensions axis 2 does not exist, and with four you swap the heads with the positions. Which two axes have to
change places, counted from the end?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = query @ key.transpose(1, 2) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
