"""Builds a bias of 0 and -inf from the mask, and adds it to the scores."""

import torch
from torch import nn


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / query.size(-1) ** 0.5
    if mask is not None:
        bias = torch.zeros(mask.shape, dtype=scores.dtype)
        bias[mask == 0] = float("-inf")
        scores = scores + bias
    return nn.Softmax(dim=-1)(scores) @ value
