"""The softmax is written by hand, with the maximum of the kept scores and a safe divisor."""

import torch


def padding_mask(lengths, max_len):
    return torch.ones(len(lengths), max_len).cumsum(dim=1) <= lengths.unsqueeze(-1)


def causal_mask(size):
    return torch.tril(torch.ones(size, size)) == 1


def combine_masks(padding, causal):
    return torch.einsum("ns,ls->nls", padding.float(), causal.float()) > 0


def to_attn_mask(keep):
    return keep == False  # noqa: E712


def masked_softmax(scores, keep):
    keep = keep.expand_as(scores)
    low = torch.full_like(scores, -torch.inf)
    largest = torch.where(keep, scores, low).amax(-1, keepdim=True).detach()
    largest = torch.where(largest.isinf(), torch.zeros_like(largest), largest)
    shifted = torch.where(keep, scores - largest, torch.zeros_like(scores))
    exponentials = shifted.exp() * keep
    total = exponentials.sum(-1, keepdim=True)
    return exponentials / torch.where(total == 0, torch.ones_like(total), total)
