"""Calls the binding in C.

Expect: fail
Says: off limits
"""

import torch

mix = torch._C._nn.scaled_dot_product_attention


def attention(query, key, value, mask=None):
    return mix(query, key, value, None if mask is None else mask != 0)
