"""Adds in place, but only to a copy of x."""

from torch import nn


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(dropout))

    def forward(self, x, mask=None):
        total = x.clone()
        total += self.attention(query=x, key=x, value=x, attn_mask=mask)[0]
        total = self.norm1(total)
        branch = self.ffn(total)
        branch += total
        return self.norm2(branch)
