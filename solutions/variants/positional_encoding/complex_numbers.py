"""Reads sine and cosine off complex numbers; adds the learned rows with F.embedding."""

import torch
import torch.nn.functional as F
from torch import nn


def sinusoidal_encoding(max_len, d_model):
    if d_model % 2:
        raise ValueError(f"{d_model} is odd")
    frequency = 10000.0 ** (-torch.arange(d_model // 2, dtype=torch.float64) * 2 / d_model)
    angle = torch.outer(torch.arange(max_len, dtype=torch.float64), frequency)
    turned = torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(turned).flip(-1).reshape(max_len, d_model).float()


class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, d_model):
        super().__init__()
        self.embedding = nn.Embedding(max_len, d_model)
        self.register_buffer("positions", torch.arange(max_len))

    def forward(self, x):
        if x.size(1) > self.positions.numel():
            raise ValueError("sequence longer than the table")
        rows = F.embedding(self.positions[: x.size(1)], self.embedding.weight)
        return x + rows.unsqueeze(0).expand(x.size(0), -1, -1)
