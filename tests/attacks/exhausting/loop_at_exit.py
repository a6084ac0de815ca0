"""Loops without end as the interpreter shuts down; the answer is right.

Expect: pass
"""

import atexit
import math
import threading

import torch


def endless():
    while True:
        pass


atexit.register(endless)
threading._register_atexit(endless)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
