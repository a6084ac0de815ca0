"""Loops over the batch, one sequence at a time."""

import torch
from torch import nn


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(dropout))

    def _one(self, x, mask):
        y = self.norm1(x + self.attention(x, x, x, attn_mask=mask)[0])
        return self.norm2(y + self.ffn(y))

    def forward(self, x, mask=None):
        return torch.stack([self._one(x[:, n], mask) for n in range(x.size(1))], dim=1)
