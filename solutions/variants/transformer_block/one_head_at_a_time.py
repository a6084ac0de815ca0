"""Loops over the heads, with slices of the parameters of nn.MultiheadAttention."""

import torch
from torch import nn


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(dropout))

    def attend(self, x, mask):
        weights = self.attention.in_proj_weight.chunk(3)
        biases = self.attention.in_proj_bias.chunk(3)
        q, k, v = (nn.functional.linear(x.transpose(0, 1), w, b) for w, b in zip(weights, biases, strict=True))
        size = self.attention.head_dim
        heads = []
        for start in range(0, x.size(-1), size):
            part = slice(start, start + size)
            allowed = None if mask is None else ~mask if mask.dtype == torch.bool else mask
            heads.append(nn.functional.scaled_dot_product_attention(q[..., part], k[..., part], v[..., part], allowed))
        return self.attention.out_proj(torch.cat(heads, dim=-1)).transpose(0, 1)

    def forward(self, x, mask=None):
        y = self.norm1(x + self.attend(x, mask))
        return self.norm2(y + self.ffn(y))
