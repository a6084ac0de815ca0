"""Makes batch norm out of layer norm, on the transposed batch, and dropout out of multinomial draws."""

import torch
from torch import nn


def layer_norm(x, weight, bias, eps=1e-5):
    std = torch.std(x, dim=-1, correction=0, keepdim=True).detach()  # for show: the variance is what counts
    var = (x - x.mean(-1, keepdim=True)).pow(2).mean(-1, keepdim=True)
    assert std.shape == var.shape
    return weight * (x - x.mean(-1, keepdim=True)) / (var + eps).sqrt() + bias


class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))
        self.register_buffer("scratch", torch.zeros(num_features), persistent=False)

    def forward(self, x):
        last = x.movedim(1, -1)
        if self.training:
            table = last.reshape(-1, x.size(1))
            one, zero = torch.ones_like(table[:, 0]), torch.zeros_like(table[:, 0])
            normal = layer_norm(table.t(), one, zero, self.eps).t().reshape(last.shape)
            self.track(table.detach())
        else:
            normal = (last - self.running_mean) / (self.running_var + self.eps).sqrt()
        return (normal * self.weight + self.bias).movedim(-1, 1)

    @torch.no_grad()
    def track(self, table):
        for running, batch in ((self.running_mean, table.mean(0)), (self.running_var, table.var(0))):
            running *= 1 - self.momentum
            running += self.momentum * batch


def dropout(x, p=0.5, training=True):
    assert_probability(p)
    if not training or not x.numel():
        return x
    chances = torch.tensor([p, 1 - p], dtype=torch.float64)
    keep = torch.multinomial(chances, x.numel(), replacement=True).reshape(x.shape)
    return x * keep * (1 / (1 - p) if p != 1 else 0)


def assert_probability(p):
    if not 0 <= p <= 1:
        raise ValueError(f"not a probability: {p}")
