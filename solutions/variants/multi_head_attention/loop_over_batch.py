"""Handles one sample after the other, with a helper class for a single head, and prints at import."""

import math

import torch
from torch import nn


class MultiheadAttention(nn.Module):
    """Not PyTorch's: one head of one sample, without parameters."""

    def forward(self, q, k, v, keep):
        scores = q.mm(k.t()).div(math.sqrt(k.size(1)))
        return torch.softmax(scores if keep is None else scores.masked_fill(~keep, float("-inf")), dim=1).mm(v)


def split_heads(x, n_heads):
    size = x.shape[2] // n_heads
    return torch.stack([x[:, :, h * size : (h + 1) * size] for h in range(n_heads)], dim=1)


def merge_heads(x):
    return torch.stack([torch.hstack(tuple(sample)) for sample in x])


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        if d_model % n_heads != 0:
            raise ValueError("every head needs the same number of features")
        self.n_heads = n_heads
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)
        self.head = MultiheadAttention()

    def forward(self, query, key, value, mask=None):
        rows = []
        for n in range(query.size(0)):
            keep = mask[n] if mask is not None and mask.dim() == 3 else mask
            q = self.q_proj(query[n]).tensor_split(self.n_heads, dim=1)
            k = self.k_proj(key[n]).tensor_split(self.n_heads, dim=1)
            v = self.v_proj(value[n]).tensor_split(self.n_heads, dim=1)
            rows.append(torch.cat([self.head(*parts, keep) for parts in zip(q, k, v)], dim=1))
        return self.out_proj(torch.stack(rows))


print("parameters:", sum(p.numel() for p in MultiHeadAttention(8, 2).parameters()))

if __name__ == "__main__":
    x = torch.randn(2, 5, 8)
    print("PyTorch's own gives", nn.MultiheadAttention(8, 2, batch_first=True)(x, x, x)[0].shape)
