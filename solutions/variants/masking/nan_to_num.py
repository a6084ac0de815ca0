"""Lets NaN arise on rows with no key kept, and removes it where neither the result nor the gradient sees it."""

import torch


def padding_mask(lengths, max_len):
    return torch.lt(torch.arange(max_len).expand(len(lengths), -1), lengths[:, None])


def causal_mask(size):
    i, j = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return j <= i


def combine_masks(padding, causal):
    return torch.logical_and(padding[:, None, :], causal[None, :, :])


def to_attn_mask(keep):
    return keep.logical_not()


def masked_softmax(scores, keep):
    scores = scores.masked_fill(keep == 0, float("-inf"))
    return torch.nan_to_num(torch.softmax(scores, dim=-1), nan=0.0)
