"""Undoes the walls that are raised by prctl; the answer is right.

Expect: pass
"""

import ctypes
import math

import torch

libc = ctypes.CDLL(None, use_errno=True)
for option, value in ((1, 0), (4, 1), (22, 0), (24, 0), (36, 1), (38, 0), (59, 1)):
    if libc.prctl(option, value, 0, 0, 0) == 0:
        print("BROKE OUT: prctl", option)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
