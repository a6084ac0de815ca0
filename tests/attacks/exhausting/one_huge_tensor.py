"""Asks for a terabyte at once.

Expect: fail
Says: memory
"""

import torch


def attention(query, key, value, mask=None):
    return torch.ones(1 << 38)
