"""Joins the weights of the three projections, and lets every head project for itself."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def split_heads(x, n_heads):
    d_head = x.size(-1) // n_heads
    return x.unfold(-1, d_head, d_head).transpose(1, 2)


def merge_heads(x):
    return x.movedim(1, 2).reshape(x.size(0), x.size(2), -1)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        if d_model % n_heads > 0:
            raise ValueError("d_model % n_heads must be 0")
        self.n_heads = n_heads
        self.q_proj = nn.Linear(d_model, d_model)
        self.k_proj = nn.Linear(d_model, d_model)
        self.v_proj = nn.Linear(d_model, d_model)
        self.out_proj = nn.Linear(d_model, d_model)

    def project(self, layer, x):
        """Return (n_heads, N, length, d_head), one matrix product for each head."""
        weights, biases = layer.weight.chunk(self.n_heads), layer.bias.chunk(self.n_heads)
        return torch.stack([F.linear(x, weight, bias) for weight, bias in zip(weights, biases)])

    def forward(self, query, key, value, mask=None):
        q, k, v = self.project(self.q_proj, query), self.project(self.k_proj, key), self.project(self.v_proj, value)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
        if mask is not None:
            scores = scores + torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(~mask, -math.inf)
        mixed = scores.softmax(-1) @ v
        parts = self.out_proj.weight.chunk(self.n_heads, dim=1)
        return sum(head @ part.T for head, part in zip(mixed, parts)) + self.out_proj.bias
