"""Fills a list with tensors without end.

Expect: fail
Says: memory
"""

import torch


def attention(query, key, value, mask=None):
    return [torch.ones(1 << 22) for _ in range(400)]
