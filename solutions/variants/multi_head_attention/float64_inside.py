"""The attention itself is computed in float64, and converted back before the last projection."""

import math

import torch
from torch import nn


def split_heads(x, n_heads):
    return x.view(*x.shape[:2], n_heads, -1).swapaxes(1, 2)


def merge_heads(x):
    return x.swapaxes(1, 2).flatten(2, 3)


def attend(query, key, value, mask):
    scores = query @ key.mT / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask.logical_not(), -math.inf)
    return torch.exp(scores - scores.logsumexp(-1, keepdim=True)) @ value


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads, **options):
        super().__init__()
        if d_model // n_heads * n_heads != d_model:
            raise ValueError(d_model, n_heads)
        self.options = {"n_heads": n_heads, **options}
        self.out_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.q_proj = nn.Linear(d_model, d_model)

    def forward(self, *args, **options):
        query, key, value, mask = (*args, *(options.get(name) for name in ("query", "key", "value", "mask")[len(args) :]))
        heads = [
            split_heads(projection(x), self.options["n_heads"]).double()
            for projection, x in ((self.q_proj, query), (self.k_proj, key), (self.v_proj, value))
        ]
        if mask is not None and mask.dim() == 3:
            mask = mask[:, None]
        return self.out_proj(merge_heads(attend(*heads, mask)).to(query.dtype))
