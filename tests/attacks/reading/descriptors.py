"""Reads from every descriptor that it has inherited.

Expect: fail
Says: expected
"""

import os
import stat

import torch

for descriptor in range(1024):
    try:
        kind = os.fstat(descriptor).st_mode
    except OSError:
        continue
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind) or stat.S_ISFIFO(kind) or (stat.S_ISSOCK(kind) and descriptor != 3):
        print("BROKE OUT: descriptor", descriptor, oct(kind))


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
