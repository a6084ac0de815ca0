"""Computed in float64, and converted back at the end."""

import math

import torch


def attention(query, key, value, mask=None):
    q, k, v = query.double(), key.double(), value.double()
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = torch.where(mask.to(torch.bool), scores, -math.inf)
    return (scores.softmax(dim=-1) @ v).to(query.dtype)
