"""Puts a learned token in front of every review and classifies what becomes of it."""

import torch
from torch import nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.reader = nn.Parameter(torch.randn(d_model))
        self.positions = nn.Parameter(0.02 * torch.randn(max_len, d_model))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(d_model, n_heads, d_ff, batch_first=True) for _ in range(num_layers)
        )
        self.classifier = nn.Linear(d_model, num_classes)

    def forward(self, tokens, keep):
        batch, length = tokens.shape
        x = self.embedding(tokens) + self.positions[:length]
        x = torch.cat([self.reader.expand(batch, 1, -1), x], dim=1)  # (N, 1 + T, d)
        ignored = torch.cat([torch.zeros_like(keep[:, :1]), ~keep], dim=1)
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=ignored)
        return self.classifier(x[:, 0])
