"""Forks without end; the answer is right.

Expect: pass
"""

import contextlib
import math
import os

import torch

for _ in range(1000):
    with contextlib.suppress(OSError):
        if os.fork() == 0:
            os._exit(0)
        print("BROKE OUT: forked")


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
