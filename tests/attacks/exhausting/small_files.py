"""Makes files without end; the answer is right.

Expect: pass
"""

import math

import torch

try:
    for number in range(100_000):
        open(f"file{number}", "w").close()
    print("BROKE OUT: a hundred thousand files")
except OSError:
    pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
