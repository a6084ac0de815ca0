"""Spells the name out of pieces.

Expect: fail
Says: off limits
"""

import torch


def attention(query, key, value, mask=None):
    mix = getattr(torch.nn.functional, "scaled_dot" + "_product_" + "attention")
    return mix(query, key, value, None if mask is None else mask != 0)
