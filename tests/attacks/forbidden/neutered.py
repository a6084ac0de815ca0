"""Empties the guard of its code, and calls.

Expect: fail
Says: .
"""

import gc
import types

import torch.nn.functional as F


def attention(query, key, value, mask=None):
    for item in gc.get_objects():
        if (
            isinstance(item, types.FunctionType)
            and "chapter10" in item.__code__.co_filename
            and "refuse" in item.__code__.co_name
        ):
            item.__code__ = (lambda self, name: None).__code__
    for item in gc.get_objects():
        if type(item).__name__ == "Guard":
            item.hits = []
    return F.scaled_dot_product_attention(query, key, value, attn_mask=None if mask is None else mask != 0)
