"""Keeps a running maximum, sum and result while it goes through the offsets, in float64."""

import math

import torch


def sliding_window_mask(size, window, dtype=torch.bool):
    distance = torch.arange(size).unsqueeze(0) - torch.arange(size).unsqueeze(1)
    return torch.logical_and(distance.le(window), distance.ge(-window)).to(dtype)


def sliding_window_attention(*args, **options):
    query, key, value, window = (*args, *(options[name] for name in ("query", "key", "value", "window")[len(args) :]))
    dtype = query.dtype
    query, key, value = query.double() / math.sqrt(query.shape[-1]), key.double(), value.double()
    length = query.shape[-2]
    largest = (query * key).sum(-1, keepdim=True)
    total = torch.ones_like(largest)
    mixed = value
    for distance in range(1, min(window, length - 1) + 1):
        for offset in (-distance, distance):
            there = torch.arange(length) + offset
            inside = ((there >= 0) & (there < length)).unsqueeze(-1)
            there = there.clamp(0, length - 1)
            score = (query * key[..., there, :]).sum(-1, keepdim=True).masked_fill(~inside, -math.inf)
            maximum = torch.maximum(largest, score).detach()
            old, new = torch.exp(largest - maximum), torch.exp(score - maximum)
            mixed = mixed * old + new * value[..., there, :]
            total = total * old + new
            largest = maximum
    return (mixed / total).to(dtype)
