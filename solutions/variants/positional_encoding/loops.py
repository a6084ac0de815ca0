"""Fills the table entry by entry with math.sin and math.cos; learns a plain nn.Parameter that starts at zero."""

import math

import torch
from torch import nn


def sinusoidal_encoding(max_len, d_model):
    if d_model % 2 == 1:
        raise ValueError(d_model)
    table = torch.zeros(max_len, d_model)
    for p in range(max_len):
        for i in range(d_model // 2):
            angle = p / 10000 ** (2 * i / d_model)
            table[p, 2 * i] = math.sin(angle)
            table[p, 2 * i + 1] = math.cos(angle)
    return table


class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, d_model):
        super().__init__()
        self.embedding = nn.Parameter(torch.zeros(max_len, d_model))

    def forward(self, x):
        length = x.shape[1]
        if length > len(self.embedding):
            raise ValueError
        return x + self.embedding[:length]
