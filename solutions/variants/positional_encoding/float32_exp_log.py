"""The frequencies as exp of a logarithm, and everything in float32, as many tutorials have it."""

import math

import torch
from torch import nn


def sinusoidal_encoding(max_len, d_model):
    if d_model & 1:
        raise ValueError("an odd number of columns cannot be paired")
    position = torch.arange(max_len).unsqueeze(1)
    div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
    pe = torch.zeros(max_len, d_model)
    pe[:, 0::2] = torch.sin(position * div_term)
    pe[:, 1::2] = torch.cos(position * div_term)
    return pe


class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, d_model):
        super().__init__()
        self.embedding = nn.Embedding(max_len, d_model)

    def forward(self, x):
        if x.size(1) > self.embedding.num_embeddings:
            raise ValueError("too many positions")
        return x + self.embedding(torch.arange(x.size(1)))
