"""Written with Python loops over every entry; a row with no key kept is built from new zeros."""

import torch


def padding_mask(lengths, max_len):
    return torch.tensor([[t < length for t in range(max_len)] for length in lengths.tolist()])


def causal_mask(size):
    mask = torch.zeros(size, size, dtype=torch.bool)
    for i in range(size):
        mask[i, : i + 1] = True
    return mask


def combine_masks(padding, causal):
    return torch.stack([torch.stack([row & words for row in causal]) for words in padding])


def to_attn_mask(keep):
    blocked = torch.ones(keep.shape, dtype=torch.bool)
    blocked[keep] = False
    return blocked


def masked_softmax(scores, keep):
    keys = scores.shape[-1]
    rows = []
    for row, kept in zip(scores.reshape(-1, keys), keep.expand(scores.shape).reshape(-1, keys)):
        weights = torch.zeros(keys, dtype=scores.dtype)
        if kept.any():
            weights[kept] = torch.softmax(row[kept], dim=0)
        rows.append(weights)
    return torch.stack(rows).reshape(scores.shape)
