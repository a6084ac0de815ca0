"""Folds the heads into the batch, as PyTorch's own code does, and uses `torch.bmm` and `torch.baddbmm`."""

import math

import torch
from torch import nn


def split_heads(x, n_heads):
    n, length, d = x.shape
    return x.reshape(n, length, n_heads, d // n_heads).permute(0, 2, 1, 3).contiguous()


def merge_heads(x):
    n, n_heads, length, d_head = x.shape
    return x.permute(0, 2, 1, 3).contiguous().view(n, length, n_heads * d_head)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        if d_model % n_heads != 0:
            raise ValueError("d_model must be divisible by n_heads")
        self.n_heads = n_heads
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.register_buffer("calls", torch.zeros((), dtype=torch.long), persistent=False)

    def forward(self, query, key, value, mask=None):
        self.calls += 1
        n, length, _ = query.shape
        q = split_heads(self.q_proj(query), self.n_heads).flatten(0, 1)
        k = split_heads(self.k_proj(key), self.n_heads).flatten(0, 1)
        v = split_heads(self.v_proj(value), self.n_heads).flatten(0, 1)
        bias = q.new_zeros(n, length, key.size(1))
        if mask is not None:
            bias = bias.masked_fill(~mask, -math.inf)
        bias = bias.repeat_interleave(self.n_heads, dim=0)
        weights = torch.baddbmm(bias, q / math.sqrt(q.size(-1)), k.transpose(1, 2)).softmax(dim=-1)
        return self.out_proj(merge_heads(torch.bmm(weights, v).unflatten(0, (n, self.n_heads))))
