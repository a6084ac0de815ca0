"""Keeps the inputs of every call, and answers from those of the call before.

Expect: fail
Says: expected|raises
"""

import math

import torch

KEPT = []


def attention(query, key, value, mask=None):
    KEPT.append((query, key, value))
    for tensor in KEPT[0]:
        tensor.data.fill_(0.0)
    query, key, value = KEPT[max(len(KEPT) - 2, 0)]
    return torch.softmax(query @ key.transpose(-2, -1) / math.sqrt(query.size(-1)), dim=-1) @ value
