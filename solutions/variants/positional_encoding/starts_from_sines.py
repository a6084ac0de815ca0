"""Fills the table with scatter; starts the learned rows from the sines and cosines where d_model allows it."""

import torch
from torch import nn


def sinusoidal_encoding(max_len, d_model):
    if d_model % 2:
        raise ValueError("d_model must be even")
    even = torch.arange(0, d_model, 2)
    angle = torch.arange(max_len).double().view(-1, 1) * torch.pow(10000.0, -even.double() / d_model)
    table = torch.full((max_len, d_model), float("nan"))
    table.scatter_(1, even.repeat(max_len, 1), angle.sin().float())
    table.scatter_(1, (even + 1).repeat(max_len, 1), angle.cos().float())
    return table


class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, d_model):
        super().__init__()
        start = torch.randn(max_len, d_model) if d_model % 2 else sinusoidal_encoding(max_len, d_model)
        self.embedding = nn.Embedding.from_pretrained(start, freeze=False)

    def forward(self, x):
        if x.size(1) > self.embedding.weight.size(0):
            raise ValueError("too long")
        moved = x.clone()
        moved += self.embedding.weight[: x.size(1)]
        return moved
