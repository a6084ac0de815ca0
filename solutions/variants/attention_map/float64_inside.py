"""Computed in float64 with exp(s - logsumexp(s)); the favourites come from `torch.max`."""

import math

import torch


def attention_weights(*args, **options):
    query, key, mask = (*args, *(options.get(name) for name in ("query", "key", "mask")[len(args) :]))
    scores = query.double() @ key.double().mT / math.sqrt(key.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not(), -math.inf)
    return torch.exp(scores - scores.logsumexp(dim=-1, keepdim=True)).to(query.dtype)


def most_attended(weights, tokens):
    values, columns = torch.max(weights, dim=1)
    return [tokens[column.item()] for column in columns]
