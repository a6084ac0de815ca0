"""Makes folders in folders, deeper than any path is long, and closed ones; the answer is right.

Expect: pass
"""

import math
import os

import torch

home = os.getcwd()
try:
    for _number in range(3000):
        os.mkdir("d" * 100)
        os.chdir("d" * 100)
except OSError:
    pass
os.chdir(home)
os.mkdir("closed", 0o300)
open("closed/inside", "w").close()


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
