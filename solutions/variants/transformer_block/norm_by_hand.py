"""Normalises by hand, in float64, with the parameters of the two norms."""

import torch
from torch import nn


def normalise(x, norm):
    wide = x.double()
    centred = wide - wide.mean(dim=-1, keepdim=True)
    scaled = centred / torch.sqrt(centred.square().mean(dim=-1, keepdim=True) + norm.eps)
    return scaled.to(x.dtype) * norm.weight + norm.bias


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(dropout))

    def forward(self, x, mask=None):
        x = normalise(x + self.attention(x, x, x, attn_mask=mask)[0], self.norm1)
        return normalise(x + self.ffn(x), self.norm2)
