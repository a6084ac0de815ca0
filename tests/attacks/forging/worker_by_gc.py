"""Finds the worker among all objects and swaps its operations.

Expect: fail
Says: expected a tensor
"""

import gc

import torch

for item in gc.get_objects():
    if type(item).__name__ == "Worker":
        item.do_call = lambda request, body: {"value": float("nan"), "changed": [], "gradients": {}, "trace": {}}


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
