"""Answers in bfloat16, hoping for its wide tolerance.

Expect: fail
Says: dtype bfloat16
"""

import torch


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=torch.bfloat16)
