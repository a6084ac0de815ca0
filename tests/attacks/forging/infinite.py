"""Answers infinity everywhere, hoping that the tolerance grows along.

Expect: fail
Says: inf
"""

import torch


def attention(query, key, value, mask=None):
    return torch.full((*query.shape[:-1], value.shape[-1]), float("inf"), dtype=query.dtype)
