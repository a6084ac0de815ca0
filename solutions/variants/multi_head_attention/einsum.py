"""Written with einsum, `unflatten` and `flatten`."""

import torch
from torch import nn


def split_heads(x, n_heads):
    return torch.einsum("nlhe->nhle", x.unflatten(-1, (n_heads, -1)))


def merge_heads(x):
    return torch.einsum("nhle->nlhe", x).flatten(start_dim=2)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        if d_model % n_heads:
            raise ValueError(f"{n_heads} heads cannot share {d_model} features")
        super().__init__()
        self.n_heads = n_heads
        self.scale = (d_model // n_heads) ** -0.5
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            self.add_module(name, nn.Linear(d_model, d_model))

    def forward(self, query, key, value, mask=None):
        q = self.q_proj(query).unflatten(-1, (self.n_heads, -1))
        k = self.k_proj(key).unflatten(-1, (self.n_heads, -1))
        v = self.v_proj(value).unflatten(-1, (self.n_heads, -1))
        scores = torch.einsum("nlhe,nshe->hnls", q, k) * self.scale
        if mask is not None:
            scores = torch.where(mask, scores, -torch.inf)
        return self.out_proj(torch.einsum("hnls,nshe->nlhe", scores.softmax(-1), v).flatten(2))
