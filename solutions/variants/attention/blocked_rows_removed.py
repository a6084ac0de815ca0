"""Zeroes the weights of blocked keys and divides again, with a softmax shifted by the largest kept score."""

import torch


def attention(query, key, value, mask=None):
    scores = torch.einsum("...id,...jd->...ij", query, key) / query.shape[-1] ** 0.5
    keep = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask.bool().expand_as(scores)
    largest = torch.where(keep, scores, -torch.inf).max(dim=-1, keepdim=True).values.detach()
    exponentials = torch.where(keep, torch.exp(torch.where(keep, scores - largest, 0.0)), 0.0)
    return torch.matmul(exponentials / exponentials.sum(-1, keepdim=True), value)
