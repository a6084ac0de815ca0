"""Pads the sequence on both sides, and slides a window over it with `unfold`."""

import math

import torch
import torch.nn.functional as F


def sliding_window_mask(size, window):
    i, j = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return (i <= j + window) & (j <= i + window)


def sliding_window_attention(query, key, value, window):
    length = query.size(-2)
    window = min(window, length)
    width = 2 * window + 1
    keys = F.pad(key, (0, 0, window, window)).unfold(-2, width, 1)
    values = F.pad(value, (0, 0, window, window)).unfold(-2, width, 1)
    real = F.pad(torch.ones(length), (window, window)).unfold(0, width, 1) > 0
    scores = torch.einsum("...ld,...ldw->...lw", query, keys) / math.sqrt(query.size(-1))
    weights = torch.softmax(scores.masked_fill(~real, -math.inf), dim=-1)
    return torch.einsum("...lw,...lvw->...lv", weights, values)
