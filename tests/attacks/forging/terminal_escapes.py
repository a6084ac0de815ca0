"""Prints what steers a terminal, and letters that cannot be encoded; the answer is right.

Expect: pass
"""

import math
import sys

import torch

print("\x1b[2J\x1b]0;full marks\x07\x9b31m\u202edessap\u202c\ud800\udfff\0\r100 %")
sys.stderr.write("\x1b[8m")


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
