"""Becomes another user; the answer is right.

Expect: pass
"""

import math
import os

import torch

for attempt in (lambda: os.setuid(1000), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0]), lambda: os.chroot("/")):
    try:
        attempt()
        print("BROKE OUT: identity")
    except OSError:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
