"""Captures the ready-made attention under another name while it is imported.

Expect: fail
Says: off limits
"""

from torch.nn.functional import scaled_dot_product_attention as mix


def attention(query, key, value, mask=None):
    return mix(query, key, value, attn_mask=None if mask is None else mask != 0)
