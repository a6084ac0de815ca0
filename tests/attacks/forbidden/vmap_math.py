"""Calls the operator beneath the operator under vmap, where it is taken apart before any ordinary kernel is asked.

Expect: fail
Says: off limits
"""

import torch


def attention(query, key, value, mask=None):
    mix = torch.vmap(lambda q, k, v: torch.ops.aten._scaled_dot_product_attention_math(q, k, v)[0], randomness="same")
    return mix(query[None], key[None], value[None])[0]
