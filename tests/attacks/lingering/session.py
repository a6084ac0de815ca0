"""Leaves the session that it was put into; the answer is right.

Expect: pass
"""

import math
import os

import torch

for attempt in (os.setsid, lambda: os.setpgid(0, 0), lambda: os.forkpty()):
    try:
        attempt()
        print("BROKE OUT: session")
    except OSError:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
