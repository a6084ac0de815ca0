"""Builds its own post-norm block, time first, with nn.MultiheadAttention and a ReLU network."""

import math

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width, heads, hidden, p=0.1):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, dropout=p)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ffn = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width), nn.Dropout(p))

    def forward(self, x, padding):
        x = self.norm1(x + self.attention(x, x, x, key_padding_mask=padding, need_weights=False)[0])
        return self.norm2(x + self.ffn(x))


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        column = torch.arange(d_model)
        angle = torch.arange(max_len)[:, None] / 10000 ** ((column - column % 2) / d_model)
        self.register_buffer("positions", torch.where(column % 2 == 0, angle.sin(), angle.cos()), persistent=False)
        self.blocks = nn.ModuleList([Block(d_model, n_heads, d_ff) for _ in range(num_layers)])
        self.classifier = nn.Linear(d_model, num_classes)
        nn.init.normal_(self.embedding.weight, std=1 / math.sqrt(d_model))

    def forward(self, tokens, keep):
        scale = math.sqrt(self.embedding.embedding_dim)
        x = self.embedding(tokens.T) * scale + self.positions[: tokens.size(1)].unsqueeze(1)  # (T, N, d)
        for block in self.blocks:
            x = block(x, ~keep)
        counted = keep.T.unsqueeze(-1).to(x.dtype)
        return self.classifier((x * counted).sum(dim=0) / counted.sum(dim=0))
