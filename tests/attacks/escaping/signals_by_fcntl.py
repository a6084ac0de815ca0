"""Has the kernel send signals on its behalf; the answer is right.

Expect: pass
"""

import fcntl
import math
import os

import torch

F_SETOWN, F_SETSIG = 8, 10
for process in (os.getppid() or 1, -1):
    try:
        fcntl.fcntl(0, F_SETOWN, process)
        fcntl.fcntl(0, F_SETSIG, 9)
        print("BROKE OUT: owner set")
    except OSError:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
