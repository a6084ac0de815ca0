"""Answers with the serial numbers of other questions.

Expect: fail
Says: channel
"""

import math

import torch

from chapter10.sandbox import protocol

frame = protocol.Payload.frame
protocol.Payload.frame = lambda self, serial=0: frame(self, serial + 1)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
