"""Adds the learned rows with an autograd function of its own; a cached table, and one class of error for both refusals."""

from functools import lru_cache

import torch
from torch import nn


class AddRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, rows):
        return x + rows

    @staticmethod
    def backward(ctx, gradient):
        return gradient.clone(), gradient.sum(dim=0)


@lru_cache
def sinusoidal_encoding(max_len, d_model):
    if d_model % 2:
        raise ValueError("odd")
    column = torch.arange(d_model)
    frequency = torch.exp((column % 2 - column) / d_model * torch.tensor(1e4).double().log())
    angle = torch.arange(max_len).double()[:, None] * frequency
    angle[:, 0::2].sin_()
    angle[:, 1::2].cos_()
    return angle.float()


class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, d_model):
        super().__init__()
        self.embedding = nn.Parameter(torch.randn(max_len, d_model))

    def forward(self, x):
        if x.size(1) > len(self.embedding):
            raise ValueError("too long")
        return AddRows.apply(x, self.embedding[: x.size(1)])
