"""Calls it from inside a dispatch mode of its own.

Expect: fail
Says: off limits
"""

import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode


class Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def attention(query, key, value, mask=None):
    with Mode():
        return F.scaled_dot_product_attention(query, key, value, attn_mask=None if mask is None else mask != 0)
