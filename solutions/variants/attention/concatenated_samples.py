"""Handles one entry of the leading dimensions at a time, and concatenates the results."""

import math

import torch


def attention(query, key, value, mask=None):
    leading = query.shape[:-2]
    queries, keys, values = (x.reshape(-1, *x.shape[-2:]) for x in (query, key, value))
    if mask is None:
        mask = torch.tensor(True)
    masks = mask.expand(*query.shape[:-1], key.shape[-2]).reshape(-1, query.shape[-2], key.shape[-2])
    results = []
    for q, k, v, keep in zip(queries.split(1), keys.split(1), values.split(1), masks.split(1)):
        scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
        scores = scores.masked_fill(keep == 0, -math.inf)
        results.append(torch.softmax(scores, dim=-1) @ v)
    return torch.cat(results, dim=0).reshape(*leading, query.shape[-2], value.shape[-1])
