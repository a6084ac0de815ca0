"""Keeps a thread busy without end; the answer is right.

Expect: pass
"""

import math
import threading
import time

import torch


def endless():
    while True:
        time.sleep(0.0005)


threading.Thread(target=endless).start()


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
