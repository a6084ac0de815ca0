"""Registers a kernel of its own over the guard, made of the one below.

Expect: fail
Says: off limits|raises|crashed|no answer
"""

import torch
import torch.nn.functional as F

BELOW = torch._C._nn.scaled_dot_product_attention


def attention(query, key, value, mask=None):
    library = torch.library.Library("aten", "IMPL")
    name = "scaled_dot_product_attention"
    library.impl(name, lambda *a, **k: BELOW(*a, **k), "CompositeImplicitAutograd", allow_override=True)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=None if mask is None else mask != 0)
