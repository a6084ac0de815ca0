"""Hands the call to the compiler.

Expect: fail
Says: off limits|raises|no answer
"""

import torch
import torch.nn.functional as F


@torch.compile(backend="eager")
def mix(query, key, value, mask):
    return F.scaled_dot_product_attention(query, key, value, mask)


def attention(query, key, value, mask=None):
    return mix(query, key, value, None if mask is None else mask != 0)
