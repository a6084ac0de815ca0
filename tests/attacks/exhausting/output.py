"""Prints without end, on every way out; the answer is right.

Expect: pass
"""

import math
import os
import sys

import torch

for _ in range(2000):
    print("x" * 10_000)
    sys.stderr.write("y" * 10_000)
    os.write(1, b"z" * 10_000)
    os.write(2, b"z" * 10_000)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
