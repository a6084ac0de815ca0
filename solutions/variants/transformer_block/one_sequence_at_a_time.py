"""Hands each sequence to the attention on its own, with a mask for every head, and runs `ffn` position by position."""

import torch
from torch import nn


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, dropout=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm([d_model])
        self.norm2 = nn.LayerNorm((d_model,))
        self.ffn = nn.Sequential(*[nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(p=dropout)])
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def attend(self, x, mask):
        heads = None if mask is None else mask.unsqueeze(0).repeat(self.attention.num_heads, 1, 1)
        parts = [self.attention(s, s, s, attn_mask=heads, average_attn_weights=False)[0] for s in x.split(1, dim=1)]
        return torch.cat(parts, dim=1)

    def forward(self, x, mask=None):
        self.steps += 1
        y = self.norm1(x + self.attend(x, mask))
        return torch.stack([self.norm2(row + self.ffn(row)) for row in y])
