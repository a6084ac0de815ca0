"""Raises its own limits and lowers those of others; the answer is right.

Expect: pass
"""

import math
import os
import resource

import torch

for name in ("RLIMIT_DATA", "RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"):
    which = getattr(resource, name)
    for process in (0, os.getppid()):
        try:
            resource.prlimit(process, which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print("BROKE OUT: limit", name)
        except (OSError, ValueError):
            pass
try:
    os.nice(-5)
    print("BROKE OUT: priority")
except OSError:
    pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
