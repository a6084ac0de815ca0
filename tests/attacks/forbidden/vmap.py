"""Calls it under vmap, where operators go by other keys.

Expect: fail
Says: off limits
"""

import torch
import torch.nn.functional as F


def attention(query, key, value, mask=None):
    mix = torch.func.vmap(lambda q, k, v: F.scaled_dot_product_attention(q, k, v))
    return mix(query[None], key[None], value[None])[0]
