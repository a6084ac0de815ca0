"""Traces the process that started it; the answer is right.

Expect: pass
"""

import ctypes
import math
import os

import torch

PTRACE_SEIZE = 0x4206
libc = ctypes.CDLL(None, use_errno=True)
for process in (1, 2, os.getppid()):
    if process and libc.ptrace(PTRACE_SEIZE, process, 0, 0) == 0:
        print("BROKE OUT: traced", process)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
