"""Written with einsum."""

import math

import torch


def attention(query, key, value, mask=None):
    scores = torch.einsum("...ld,...sd->...ls", query, key) / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask.bool(), float("-inf"))
    return torch.einsum("...ls,...sv->...lv", scores.softmax(-1), value)
