"""Handles a block of rows at a time, together with the keys on both sides of it."""

import math

import torch


def sliding_window_mask(size, window):
    return torch.cdist(torch.arange(size).double()[:, None], torch.arange(size).double()[:, None], p=1) <= window


def sliding_window_attention(query, key, value, window):
    length = query.size(-2)
    rows = max(1, min(window, length))
    blocks = []
    for start in range(0, length, rows):
        stop = min(start + rows, length)
        first, last = max(0, start - window), min(length, stop + window)
        distance = torch.arange(start, stop)[:, None] - torch.arange(first, last)[None, :]
        scores = query[..., start:stop, :] @ key[..., first:last, :].transpose(-2, -1) / math.sqrt(query.size(-1))
        scores = scores.masked_fill(distance.abs() > window, torch.finfo(scores.dtype).min)
        blocks.append(torch.softmax(scores, dim=-1) @ value[..., first:last, :])
    return torch.cat(blocks, dim=-2)
