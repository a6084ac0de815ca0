"""Takes its arguments as *args and **kwargs, prints at import, and keeps an extra buffer."""

import torch
from torch import nn

print("building blocks", torch.ones(2, 2).sum().item())


class TransformerBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, *args, **kwargs):
        super().__init__()
        dropout = args[0] if args else kwargs.get("dropout", 0.1)
        self.attention = nn.MultiheadAttention(d_model, n_heads, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.ffn = nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model), nn.Dropout(dropout))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64), persistent=False)

    def forward(self, x, *args, **kwargs):
        mask = args[0] if args else kwargs.get("mask")
        self.calls += 1
        y = self.norm1(self.attention(x, x, x, attn_mask=mask)[0] + x)
        return self.norm2(self.ffn(y) + y)
