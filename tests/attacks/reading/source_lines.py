"""Asks Python for source lines that it might have kept.

Expect: fail
Says: expected
"""

import inspect
import linecache
import sys

import torch

for name in list(linecache.cache):
    if "solutions" in name or "graders" in name or "reference" in name:
        print("BROKE OUT: kept", name)
for module in list(sys.modules.values()):
    path = getattr(module, "__file__", None) or ""
    if "solutions" in path or "graders" in path:
        print("BROKE OUT: loaded", inspect.getsource(module)[:20])


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
