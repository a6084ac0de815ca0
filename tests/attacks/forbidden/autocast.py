"""Calls it under autocast, which has a kernel of its own.

Expect: fail
Says: off limits
"""

import torch
import torch.nn.functional as F


def attention(query, key, value, mask=None):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=None if mask is None else mask != 0).to(query.dtype)
