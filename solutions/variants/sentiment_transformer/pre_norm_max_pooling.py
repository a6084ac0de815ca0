"""Normalises before each branch (GELU inside), and pools with a maximum over the kept tokens."""

import math

import torch
from torch import nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.positions = nn.Embedding(max_len, d_model)
        make = nn.TransformerEncoderLayer
        layers = [make(d_model, n_heads, d_ff, activation="gelu", batch_first=True, norm_first=True) for _ in range(num_layers)]
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(d_model)
        self.classifier = nn.Linear(d_model, num_classes)
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, tokens, keep):
        x = self.embedding(tokens) + self.positions(torch.arange(tokens.size(1)))
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=keep.logical_not())
        x = self.norm(x).masked_fill(~keep[:, :, None], -math.inf)
        return self.classifier(x.amax(dim=1))
