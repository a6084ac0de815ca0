"""Learns which tokens to pool, with its own multi-head attention; prints at import; takes further keyword arguments."""

import math

import torch
from torch import nn

print("a Transformer from scratch")


class MultiheadAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x, keep):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (N, heads, T, d / heads) each
        scores = (q @ k.mT / math.sqrt(q.size(-1))).masked_fill(~keep[:, None, None, :], -1e30)
        return self.out((scores.softmax(dim=-1) @ v).transpose(1, 2).flatten(2))


class TransformerEncoderLayer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.attention = MultiheadAttention(width, heads)
        self.network = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(0.1), nn.Linear(hidden, width))
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, keep):
        x = self.norms[0](x + self.dropout(self.attention(x, keep)))
        return self.norms[1](x + self.dropout(self.network(x)))


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2, **unused):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.positions = nn.Embedding(max_len, d_model)
        self.layers = nn.ModuleList(TransformerEncoderLayer(d_model, n_heads, d_ff) for _ in range(num_layers))
        self.importance = nn.Linear(d_model, 1, bias=False)
        self.classifier = nn.Linear(d_model, num_classes)

    def forward(self, tokens, keep):
        x = self.embedding(tokens) + self.positions.weight[: tokens.size(1)]
        for layer in self.layers:
            x = layer(x, keep)
        share = self.importance(x).squeeze(-1).masked_fill(~keep, -math.inf).softmax(dim=1)
        return self.classifier(torch.bmm(share.unsqueeze(1), x).squeeze(1))
