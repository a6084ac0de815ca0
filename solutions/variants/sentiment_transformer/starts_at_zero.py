"""Positions and classifier start at zero: before training the logits are 0 and order does not count yet."""

import torch
from torch import nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.positions = nn.Parameter(torch.zeros(1, max_len, d_model))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(d_model, n_heads, d_ff, batch_first=True) for _ in range(num_layers)
        )
        self.classifier = nn.Linear(d_model, num_classes)
        nn.init.zeros_(self.classifier.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, tokens, keep):
        x = self.embedding(tokens) + self.positions[:, : tokens.size(1)]
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~keep)
        means = [row[mask].mean(dim=0) for row, mask in zip(x, keep, strict=True)]
        return self.classifier(torch.stack(means))
