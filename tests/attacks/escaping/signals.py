"""Sends signals to every process there is; the answer is right.

Expect: pass
"""

import contextlib
import math
import os

import torch

for process in [-1, 0, os.getppid(), *range(2, 300)]:
    with contextlib.suppress(OSError):
        os.kill(process, 0)  # 0 asks for the same permission, and harms nobody should it be given
        print("BROKE OUT: may kill", process)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
