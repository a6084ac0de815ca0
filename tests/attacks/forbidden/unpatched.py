"""Searches all objects for the guard, takes its registrations back, and calls.

Expect: fail
Says: off limits
"""

import contextlib
import gc

import torch
import torch.library
import torch.nn.functional as F


def attention(query, key, value, mask=None):
    for item in gc.get_objects():
        kind = type(item).__name__
        if kind in ("Library", "_DispatchModule"):
            for name in ("_destroy", "reset"):
                with contextlib.suppress(Exception):
                    getattr(item, name)()
        if kind == "Guard":
            item._library = None
            item.hits.clear()
    torch.library._impls.clear()
    gc.collect()
    return F.scaled_dot_product_attention(query, key, value, attn_mask=None if mask is None else mask != 0)
