"""Holds eps and momentum in tensors, and draws masks by Bernoulli's distribution."""

import torch
from torch import nn


def layer_norm(x, weight, bias, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    var = x.square().mean(-1, keepdim=True) - mean.square()
    return torch.addcmul(bias, (x - mean) * (var + torch.tensor(eps)).rsqrt(), weight)


class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.register_buffer("eps", torch.tensor(eps), persistent=False)
        self.register_buffer("momentum", torch.tensor(momentum), persistent=False)
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        column = (-1,) + (1,) * (x.dim() - 2)
        mean, var = self.running_mean, self.running_var
        if self.training:
            axes = [0, *range(2, x.dim())]
            var, mean = torch.var_mean(x, axes, correction=0)
            with torch.no_grad():
                self.running_mean = torch.lerp(self.running_mean, mean, self.momentum.to(mean))
                self.running_var = torch.lerp(self.running_var, x.var(axes), self.momentum.to(var))
        normal = (x - mean.view(column)) * (var + self.eps).rsqrt().view(column)
        return normal * self.weight.view(column) + self.bias.view(column)


def dropout(x, p=0.5, training=True):
    if p < 0 or p > 1:
        raise ValueError(f"{p} is no probability")
    if not training:
        return x
    keep = torch.distributions.Bernoulli(1 - p).sample(x.shape).to(torch.bool)
    return torch.where(keep, x / (1 - p) if p < 1 else 0.0, 0.0)
