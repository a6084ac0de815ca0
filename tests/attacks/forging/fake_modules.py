"""Puts modules of its own where pytest, numpy and the grader would be.

Expect: fail
Says: expected
"""

import sys
import types

import torch

for name in (
    "pytest",
    "_pytest",
    "numpy",
    "chapter10.grading",
    "chapter10.grading.compare",
    "chapter10.sandbox.child",
    "socket",
):
    fake = types.ModuleType(name)
    fake.assert_close = fake.assert_equal = fake.fail = lambda *a, **k: None
    sys.modules[name] = fake


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
