"""Makes a process by the bare system calls; the answer is right.

Expect: pass
"""

import ctypes
import math
import os

import torch

libc = ctypes.CDLL(None, use_errno=True)
for number, flags in ((56, 17), (56, 0x10000000 | 17), (57, 0), (435, 0)):  # clone, in a user namespace, fork, clone3
    process = libc.syscall(number, flags, 0, 0, 0, 0)
    if process == 0:
        os._exit(0)
    if process > 0:
        print("BROKE OUT: process by call", number)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
