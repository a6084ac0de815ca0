"""Loops over the heads, each with its slice of the features, and concatenates the results."""

import math

import torch
from torch import nn


def split_heads(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1), dim=1)


def merge_heads(x):
    return torch.cat(list(x.unbind(dim=1)), dim=-1)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.d_head, rest = divmod(d_model, n_heads)
        if rest:
            raise ValueError("the heads cannot share the features")
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(d_model, d_model) for _ in range(4))

    def forward(self, query, key, value, mask=None):
        q, k, v = self.q_proj(query), self.k_proj(key), self.v_proj(value)
        heads = []
        for start in range(0, q.shape[-1], self.d_head):
            share = slice(start, start + self.d_head)
            scores = q[..., share] @ k[..., share].mT / math.sqrt(self.d_head)
            if mask is not None:
                scores = scores.masked_fill(~mask, -math.inf)
            heads.append(torch.softmax(scores, dim=-1) @ v[..., share])
        return self.out_proj(torch.cat(heads, dim=-1))
