"""Loops over the offsets: shifts the keys, scores them, and shifts the values likewise."""

import math

import torch


def shifted(x, offset):
    """Return x with row i + offset in the place of row i, and zeros where there is none."""
    rows = x.shape[-2]
    empty = x.new_zeros(*x.shape[:-2], abs(offset), x.shape[-1])
    if offset < 0:
        return torch.cat([empty, x[..., : rows + offset, :]], dim=-2)
    return torch.cat([x[..., offset:, :], empty], dim=-2)


def sliding_window_mask(size, window):
    mask = torch.zeros(size, size)
    for offset in range(-min(window, size - 1), min(window, size - 1) + 1):
        mask += torch.diag(torch.ones(size - abs(offset)), offset)
    return mask > 0


def sliding_window_attention(query, key, value, window):
    length = query.shape[-2]
    reach = min(window, length - 1)
    scores = []
    for offset in range(-reach, reach + 1):
        there = torch.arange(length) + offset
        score = (query * shifted(key, offset)).sum(dim=-1) / math.sqrt(query.shape[-1])
        scores.append(score.masked_fill((there < 0) | (there >= length), -math.inf))
    weights = torch.softmax(torch.stack(scores), dim=0)
    return sum(weight.unsqueeze(-1) * shifted(value, i - reach) for i, weight in enumerate(weights))
