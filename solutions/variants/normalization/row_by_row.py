"""Loops over rows and channels, and draws its random numbers one at a time from Python's own generator."""

import math
import random

import torch
from torch import nn


def layer_norm(x, weight, bias, eps=1e-5):
    rows = []
    for row in x.reshape(-1, x.shape[-1]):
        centred = row - row.sum() / len(row)
        spread = (centred.dot(centred) / len(row) + eps) ** 0.5
        rows.append(centred / spread * weight + bias)
    return torch.stack(rows).reshape(x.shape)


class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        nn.Module.__init__(self)
        self.settings = {"eps": eps, "momentum": momentum}
        self.weight, self.bias = (nn.Parameter(torch.full((num_features,), float(value))) for value in (1, 0))
        for name, value in (("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((num_features,), value))

    def forward(self, x):
        return torch.stack([self.channel(x[:, number], number) for number in range(x.shape[1])], dim=1)

    def channel(self, values, number):
        mean, var = self.running_mean[number], self.running_var[number]
        if self.training:
            count, share = values.numel(), self.settings["momentum"]
            mean = values.sum() / count
            var = ((values - mean) ** 2).sum() / count
            with torch.no_grad():
                self.running_mean[number] = (1 - share) * self.running_mean[number] + share * mean
                self.running_var[number] = (1 - share) * self.running_var[number] + share * var * count / (count - 1)
        return (values - mean) / (var + self.settings["eps"]) ** 0.5 * self.weight[number] + self.bias[number]


def dropout(x, p=0.5, training=True):
    if p < 0 or p > 1:
        raise ValueError("no probability")
    if not training:
        return x.clone()
    scale = 1 / (1 - p) if p < 1 else 0.0
    factors = [scale if random.random() >= p else 0.0 for _ in range(math.prod(x.shape))]
    return x * torch.tensor(factors, dtype=x.dtype).reshape(x.shape)
