"""Knows positions only as distances inside its own attention; a small network at the end; word vectors under two names."""

import math

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.forwards = nn.Parameter(torch.zeros(heads, 1, 1))
        self.register_buffer("slopes", 2.0 ** -torch.arange(1, heads + 1).view(-1, 1, 1))

    def forward(self, x, keep):
        q, k, v = (linear(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for linear in (self.q, self.k, self.v))
        place = torch.arange(x.size(1))
        distance = (place - place[:, None]).to(x.dtype)
        scores = q @ k.mT / math.sqrt(q.size(-1)) - self.slopes * distance.abs() + (self.forwards + 0.3) * distance.sign()
        weights = scores.masked_fill(~keep[:, None, None, :], torch.finfo(x.dtype).min).softmax(dim=-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))


class Layer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.attention = Attention(width, heads)
        self.ffn = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(0.1), nn.Linear(hidden, width))
        self.norm1, self.norm2, self.dropout = nn.LayerNorm(width), nn.LayerNorm(width), nn.Dropout(0.1)

    def forward(self, x, keep):
        x = x + self.dropout(self.attention(self.norm1(x), keep))
        return x + self.dropout(self.ffn(self.norm2(x)))


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.words = self.embedding
        self.layers = nn.ModuleDict({f"layer {n}": Layer(d_model, n_heads, d_ff) for n in range(num_layers)})
        self.norm = nn.LayerNorm(d_model)
        self.classifier = nn.Sequential(nn.Linear(2 * d_model, d_model), nn.Tanh(), nn.Linear(d_model, num_classes))

    def forward(self, tokens, keep):
        x = self.words(tokens)
        for layer in self.layers.values():
            x = layer(x, keep)
        x, kept = self.norm(x), keep.unsqueeze(-1)
        mean = (x * kept).sum(dim=1) / kept.sum(dim=1)
        largest = x.masked_fill(~kept, -math.inf).amax(dim=1)
        return self.classifier(torch.cat([mean, largest], dim=-1))
