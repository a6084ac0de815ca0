"""Replaces every comparison that a grader might use.

Expect: fail
Says: expected
"""

import builtins

import torch
import torch.testing

torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
torch.Tensor.allclose = torch.Tensor.equal = lambda *a, **k: True
builtins.abs = lambda x: 0


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
