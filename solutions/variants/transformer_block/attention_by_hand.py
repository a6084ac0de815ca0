"""Computes the heads with einsum from the parameters of nn.MultiheadAttention, which is never called."""

import math

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
        length, batch, width = x.shape
        heads = self.attention.num_heads
        qkv = x @ self.attention.in_proj_weight.T + self.attention.in_proj_bias
        q, k, v = qkv.reshape(length, batch, 3, heads, width // heads).unbind(dim=2)
        scores = torch.einsum("lnhd,snhd->nhls", q, k) / math.sqrt(width // heads)
        if mask is not None:
            scores = scores.masked_fill(mask, -math.inf) if mask.dtype == torch.bool else scores + mask
        mixed = torch.einsum("nhls,snhd->lnhd", scores.softmax(dim=-1), v).reshape(length, batch, width)
        return self.attention.out_proj(mixed)

    def forward(self, x, mask=None):
        x = self.norm1(x + self.attend(x, mask))
        return self.norm2(x + self.ffn(x))
