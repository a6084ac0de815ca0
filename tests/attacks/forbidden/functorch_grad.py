"""Calls it under a transform of torch.func.

Expect: fail
Says: off limits
"""

import torch
import torch.nn.functional as F


def attention(query, key, value, mask=None):
    mix = torch.func.vjp(lambda q: F.scaled_dot_product_attention(q, key, value), query)
    return mix[0]
