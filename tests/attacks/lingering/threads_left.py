"""Leaves threads behind that never end; the answer is right.

Expect: pass
"""

import math
import threading
import time

import torch

for _ in range(20):
    threading.Thread(target=time.sleep, args=(10_000,)).start()


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
