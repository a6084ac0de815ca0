"""Writes the backward passes itself."""

import torch
from torch import nn


class Standardise(torch.autograd.Function):
    """(x − mean) / √(var + eps) over the last axis."""

    @staticmethod
    def forward(ctx, x, eps):
        centred = x - x.mean(-1, keepdim=True)
        inverse = (centred.square().mean(-1, keepdim=True) + eps).rsqrt()
        normal = centred * inverse
        ctx.save_for_backward(normal, inverse)
        return normal

    @staticmethod
    def backward(ctx, grad):
        normal, inverse = ctx.saved_tensors
        along = (grad * normal).mean(-1, keepdim=True)
        return (grad - grad.mean(-1, keepdim=True) - normal * along) * inverse, None


class Mask(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(factor)
        return x * factor

    @staticmethod
    def backward(ctx, grad):
        (factor,) = ctx.saved_tensors
        return grad * factor, None


def layer_norm(x, weight, bias, eps=1e-5):
    return Standardise.apply(x, eps) * weight + bias


class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        rows = x.movedim(1, 0)
        shape = rows.shape
        rows = rows.flatten(1)
        if self.training:
            normal = Standardise.apply(rows, self.eps)
            self.remember(rows.detach())
        else:
            normal = (rows - self.running_mean[:, None]) * (self.running_var[:, None] + self.eps).rsqrt()
        out = normal * self.weight[:, None] + self.bias[:, None]
        return out.reshape(shape).movedim(0, 1)

    def remember(self, rows):
        keep = 1 - self.momentum
        self.running_mean.copy_(keep * self.running_mean + self.momentum * rows.mean(1))
        self.running_var.copy_(keep * self.running_var + self.momentum * rows.var(1, correction=1))


def dropout(x, p=0.5, training=True):
    if not 0.0 <= p <= 1.0:
        raise ValueError
    if not training:
        return Mask.apply(x, torch.ones_like(x))
    keep = torch.rand(x.shape, dtype=x.dtype) < 1 - p
    return Mask.apply(x, keep.to(x.dtype) / (1 - p if p < 1 else 1))
