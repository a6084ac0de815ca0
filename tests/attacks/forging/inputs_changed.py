"""Gives the right answer and spoils the inputs, which other answers might be compared with.

Expect: fail
Says: not what it was before
"""

import math

import torch


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    answer = torch.softmax(scores, dim=-1) @ value
    for tensor in (query, key, value):
        tensor.data.zero_()
    return answer
