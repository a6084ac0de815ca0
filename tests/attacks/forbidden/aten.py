"""Calls the operator itself.

Expect: fail
Says: off limits
"""

import torch


def attention(query, key, value, mask=None):
    return torch.ops.aten.scaled_dot_product_attention.default(query, key, value, None if mask is None else mask != 0)
