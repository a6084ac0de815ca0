"""Opens descriptors without end; the answer is right.

Expect: pass
"""

import math
import os

import torch

kept = []
try:
    for _ in range(100_000):
        kept.extend(os.pipe())
    print("BROKE OUT: a hundred thousand descriptors")
except OSError:
    pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
