"""Writes a library into its folder and loads it; the answer is right.

Expect: pass
"""

import ctypes
import math
import os
import shutil

import torch

for source in (torch._C.__file__, "/lib/x86_64-linux-gnu/libm.so.6"):
    try:
        shutil.copyfile(source, "own.so")
        os.chmod("own.so", 0o700)
        ctypes.CDLL(os.path.abspath("own.so"))
        print("BROKE OUT: loaded")
    except OSError:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
