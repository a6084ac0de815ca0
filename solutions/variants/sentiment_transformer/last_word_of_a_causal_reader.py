"""Reads from left to right only and classifies the last kept word; counts positions along `keep`; frozen sines and cosines."""

import torch
from torch import nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx=0)
        angle = torch.arange(max_len + 1.0)[:, None] / 10000 ** (torch.arange(d_model) // 2 * 2 / d_model)
        table = torch.where(torch.arange(d_model) % 2 == 0, angle.sin(), angle.cos())
        self.positions = nn.Embedding.from_pretrained(table)
        layer = nn.TransformerEncoderLayer(d_model, n_heads, d_ff, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers, nn.LayerNorm(d_model), enable_nested_tensor=False)
        self.classifier = nn.Linear(d_model, num_classes)

    def forward(self, tokens, keep):
        x = self.embedding(tokens) * self.embedding.embedding_dim**0.5 + self.positions(keep.cumsum(dim=1) * keep)
        future = torch.ones(x.size(1), x.size(1), dtype=torch.bool).triu(1)
        x = self.encoder(x, mask=future, src_key_padding_mask=~keep)
        return self.classifier(x[torch.arange(len(x)), keep.sum(dim=1) - 1])
