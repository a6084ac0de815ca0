"""Reads every review alone, with its padding cut off, so that no mask is needed."""

import torch
from torch import nn


class SentimentTransformer(nn.Module):
    def __init__(self, vocab_size, d_model=128, n_heads=4, num_layers=2, d_ff=256, max_len=512, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.positions = nn.Embedding(max_len, d_model)
        self.layers = nn.Sequential(
            *(nn.TransformerEncoderLayer(d_model, n_heads, d_ff, batch_first=True) for _ in range(num_layers))
        )
        self.classifier = nn.Linear(d_model, num_classes)

    def forward(self, tokens, keep):
        vectors = []
        for row, mask in zip(tokens, keep, strict=True):
            words = row[mask]
            x = self.embedding(words) + self.positions.weight[: len(words)]
            vectors.append(self.layers(x.unsqueeze(0)).mean(dim=1))
        return self.classifier(torch.cat(vectors))
