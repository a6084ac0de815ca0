"""Handles one query at a time, and stacks the rows."""

import math

import torch


def attention(query, key, value, mask=None):
    if mask is not None:
        mask = mask.expand(*query.shape[:-1], key.shape[-2])
    rows = []
    for i in range(query.shape[-2]):
        scores = (query[..., i, :].unsqueeze(-2) * key).sum(-1) / math.sqrt(key.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(mask[..., i, :] == 0, -math.inf)
        weights = scores.softmax(-1)
        rows.append((weights.unsqueeze(-1) * value).sum(-2))
    return torch.stack(rows, dim=-2)
