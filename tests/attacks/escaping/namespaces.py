"""Makes namespaces and mounts, where it would be root; the answer is right.

Expect: pass
"""

import ctypes
import math

import torch

libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x10000000, 0x20000, 0x20000000, 0x40000000):
    if libc.unshare(flags) == 0:
        print("BROKE OUT: unshare", hex(flags))
if libc.mount(b"tmpfs", b".", b"tmpfs", 0, None) == 0:
    print("BROKE OUT: mount")
for number in (428, 429, 430, 431, 432, 442, 308, 155):  # the newer mount calls, setns, pivot_root
    if libc.syscall(number, 0, 0, 0, 0, 0) >= 0:
        print("BROKE OUT: call", number)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
