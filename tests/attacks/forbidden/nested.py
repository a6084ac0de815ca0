"""Calls it on nested tensors, which have kernels of their own.

Expect: fail
Says: off limits|raises
"""

import torch
import torch.nn.functional as F


def attention(query, key, value, mask=None):
    parts = [torch.nested.nested_tensor([part.reshape(1, *part.shape[-2:])]) for part in (query, key, value)]
    return F.scaled_dot_product_attention(*parts).to_padded_tensor(0.0)[0, 0]
