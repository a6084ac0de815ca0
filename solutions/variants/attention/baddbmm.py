"""Flattens the leading dimensions, and fuses scale, product and mask into one `torch.baddbmm`."""

import math

import torch


def attention(query, key, value, mask=None):
    *batch, length, d = query.shape
    size = key.shape[-2]
    bias = query.new_zeros(*batch, length, size)
    if mask is not None:
        bias = bias.masked_fill(mask == 0, -math.inf)
    scores = torch.baddbmm(
        bias.reshape(-1, length, size),
        query.reshape(-1, length, d),
        key.reshape(-1, size, d).transpose(1, 2),
        alpha=1 / math.sqrt(d),
    )
    mixed = torch.bmm(torch.softmax(scores, dim=2), value.reshape(-1, size, value.shape[-1]))
    return mixed.reshape(*batch, length, value.shape[-1])
