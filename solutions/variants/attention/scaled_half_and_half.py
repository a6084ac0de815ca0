"""Divides the query and the key by the fourth root of d each, and takes any signature."""

import torch


def attention(query, key, value, *args, **options):
    mask = args[0] if args else options.get("mask")
    root = query.size(-1) ** 0.25
    scores = (query / root) @ (key / root).transpose(-2, -1)
    if mask is not None:
        scores = scores - torch.where(mask != 0, 0.0, torch.inf)
    return torch.softmax(scores, dim=-1) @ value
