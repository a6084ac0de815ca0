"""Calls the operator beneath the operator.

Expect: fail
Says: off limits
"""

import torch


def attention(query, key, value, mask=None):
    mask = None if mask is None else mask != 0
    return torch.ops.aten._scaled_dot_product_attention_math.default(query, key, value, mask)[0]
