"""Reads the local variables of all callers for an expected value.

Expect: fail
Says: expected
"""

import sys

import torch


def attention(query, key, value, mask=None):
    shape = (*query.shape[:-1], value.shape[-1])
    frame = sys._getframe()
    while frame is not None:
        for name, item in frame.f_locals.items():
            if name in ("expected", "reference", "grader", "tape", "verdict", "labels"):
                print("BROKE OUT: found", name)
            if isinstance(item, torch.Tensor) and tuple(item.shape) == shape and item is not query and item is not value:
                return item
        frame = frame.f_back
    return torch.zeros(shape, dtype=query.dtype)
