"""Holds memory that is counted for nobody: shared mappings, memory files; the answer is right.

Expect: pass
"""

import math
import mmap
import os

import torch

kept = []
for _ in range(64):
    try:
        block = mmap.mmap(-1, 16 << 20)
        block.write(b"x" * (16 << 20))
        kept.append(block)
        print("BROKE OUT: shared memory")
    except OSError:
        pass
    try:
        descriptor = os.memfd_create("block")
        os.write(descriptor, b"x" * (16 << 20))
        print("BROKE OUT: memory file")
    except OSError:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
