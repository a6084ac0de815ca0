"""Scales the query before the product, and blocks with the smallest finite number."""

import math

import torch


def attention(query, key, value, mask=None):
    scores = (query / math.sqrt(query.size(-1))).matmul(key.transpose(-2, -1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, torch.finfo(scores.dtype).min)
    return torch.softmax(scores, -1).matmul(value)
