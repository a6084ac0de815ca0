"""Takes the cosine for a sine a quarter turn ahead; learned rows are added sequence by sequence."""

import math

import torch
from torch import nn


def sinusoidal_encoding(max_len, d_model):
    if d_model != 2 * (d_model // 2):
        raise ValueError("d_model has to be even")
    column = torch.arange(d_model)
    wavelength = torch.tensor(10000.0, dtype=torch.float64).pow((column - column % 2) / d_model)
    quarter = (column % 2) * (math.pi / 2)
    position = torch.arange(max_len, dtype=torch.float64)
    return torch.sin(position[:, None] / wavelength + quarter.double()).to(torch.float32)


class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, d_model):
        super().__init__()
        self.max_len = max_len
        self.embedding = nn.Embedding(max_len, d_model)
        nn.init.normal_(self.embedding.weight, std=0.02)

    def forward(self, x):
        if self.max_len < x.size(1):
            raise ValueError(x.size(1))
        table = self.embedding.weight.narrow(0, 0, x.size(1))
        return torch.stack([sequence + table for sequence in x])
