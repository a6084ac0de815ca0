"""Tries the system calls that kernels were broken with; the answer is right.

Expect: pass
"""

import ctypes
import math

import torch

libc = ctypes.CDLL(None, use_errno=True)
# io_uring, bpf, perf, userfaultfd, keyctl, kexec, modules, handles, pidfd, quotas, reboot, memfd, vmsplice, personality
for number in (425, 321, 298, 323, 250, 248, 246, 175, 313, 303, 304, 434, 438, 179, 169, 319, 447, 278, 135, 165, 310, 311):
    if libc.syscall(number, 0, 0, 0, 0, 0) >= 0:
        print("BROKE OUT: call", number)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
