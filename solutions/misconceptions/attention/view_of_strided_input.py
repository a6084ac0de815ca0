"""You call `view` on tensors that need not be contiguous.

After a transpose or a slice a tensor's memory is in another order, and `view` refuses to work. Do you have to reshape at
all? If so, which method copies when it must?
"""

import math

import torch
from torch import Tensor


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    flat_query = query.view(-1, query.size(-2), query.size(-1))
    flat_key = key.view(-1, key.size(-2), key.size(-1))
    scores = flat_query @ flat_key.transpose(-2, -1) / math.sqrt(query.size(-1))
    scores = scores.reshape(*query.shape[:-1], key.size(-2))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
