"""Computes in float64 and returns the dtype it was given, with a counter of batches as PyTorch has it."""

import torch
from torch import nn


def normalise(x, axes, eps):
    wide = x.double()
    mean = wide.mean(axes, keepdim=True)
    var = (wide - mean).square().mean(axes, keepdim=True)
    return (wide - mean) * (var + eps).rsqrt(), mean, var


def layer_norm(x, weight, bias, eps=1e-5):
    normal, _, _ = normalise(x, -1, eps)
    return (normal * weight + bias).to(x.dtype)


class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x):
        column = (-1,) + (1,) * (x.ndim - 2)
        if self.training:
            axes = tuple(axis for axis in range(x.ndim) if axis != 1)
            normal, mean, var = normalise(x, axes, self.eps)
            self.num_batches_tracked += 1
            count = x.numel() // self.num_features
            new_mean = mean.detach().flatten().to(self.running_mean)
            new_var = (var.detach().flatten() * count / (count - 1)).to(self.running_var)
            self.running_mean = self.running_mean + self.momentum * (new_mean - self.running_mean)
            self.running_var = self.running_var + self.momentum * (new_var - self.running_var)
        else:
            scale = (self.running_var.double() + self.eps).rsqrt()
            normal = (x - self.running_mean.double().view(column)) * scale.view(column)
        return (normal * self.weight.view(column) + self.bias.view(column)).to(x.dtype)


def dropout(x, p=0.5, training=True):
    if p != min(max(p, 0), 1):
        raise ValueError(f"{p} is no probability")
    if not training or p == 0:
        return x.to(x.dtype)
    keep = torch.bernoulli(torch.full(x.shape, 1 - p, dtype=torch.float64))
    return (x.double() * keep / max(1 - p, 1e-300)).to(x.dtype)
