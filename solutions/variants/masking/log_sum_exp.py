"""The weights are exp(s - logsumexp(s)), and arguments may be handed over in any way."""

import math

import torch


def padding_mask(*args, **options):
    lengths = args[0] if args else options["lengths"]
    max_len = args[1] if len(args) > 1 else options["max_len"]
    return torch.arange(max_len).unsqueeze(0) - lengths.unsqueeze(1) < 0


def causal_mask(size, **options):
    positions = torch.arange(size)
    return positions.view(-1, 1) >= positions.view(1, -1)


def combine_masks(padding, causal, *rest):
    return torch.minimum(padding.byte().unsqueeze(1), causal.byte()).bool()


def to_attn_mask(keep, *rest):
    return torch.logical_xor(keep, torch.tensor(True))


def masked_softmax(scores, keep, **options):
    scores = scores.masked_fill(~keep, -math.inf)
    empty = ~keep.any(-1, keepdim=True)
    total = torch.logsumexp(scores.masked_fill(empty, 0.0), dim=-1, keepdim=True)
    return torch.exp(scores - total)
