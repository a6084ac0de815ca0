"""Calls itself for each entry of the leading dimensions, until plain matrices are left."""

import math

import torch


def attention(query, key, value, mask=None):
    if query.dim() > 2:
        masks = [None] * len(query)
        if mask is not None:
            masks = mask.expand(*query.shape[:-1], key.size(-2))
        return torch.stack([attention(*sample) for sample in zip(query, key, value, masks)])
    scores = query.mm(key.t()).div(math.sqrt(query.size(1)))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return scores.softmax(1).mm(value)
