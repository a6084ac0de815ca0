"""Finds the variance from vector norms and sums from einsum; has its own generator of random numbers."""

import torch
from torch import nn

print("normalization: imported")
GENERATOR = torch.Generator().manual_seed(10)


def layer_norm(x, weight, bias, eps=1e-5):
    d = x.shape[-1]
    centred = x - torch.einsum("...d->...", x)[..., None] / d
    length = torch.linalg.vector_norm(centred, dim=-1, keepdim=True)
    return torch.einsum("...d,d->...d", centred / torch.sqrt(length**2 / d + eps), weight) + bias


class BatchNorm(nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.configure(*args, **kwargs)

    def configure(self, num_features, eps=1e-5, momentum=0.1):
        self.eps, self.momentum = eps, momentum
        self.register_parameter("bias", nn.Parameter(torch.zeros(num_features)))
        self.register_parameter("weight", nn.Parameter(torch.ones(num_features)))
        self.register_buffer("running_var", torch.ones(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))

    def forward(self, *inputs):
        x = inputs[0]
        if x.dim() == 2:
            return self.images(x[:, :, None, None])[:, :, 0, 0]
        return self.images(x)

    def images(self, x):
        if not self.training:
            return self.apply_to(x, self.running_mean, self.running_var)
        count = x.size(0) * x.size(2) * x.size(3)
        mean = torch.einsum("nchw->c", x) / count
        centred = x - mean.view(1, -1, 1, 1)
        total = torch.einsum("nchw,nchw->c", centred, centred)
        keep = 1 - self.momentum
        self.running_mean.data = keep * self.running_mean + self.momentum * mean.detach()
        self.running_var.data = keep * self.running_var + self.momentum * total.detach() / (count - 1)
        return self.apply_to(x, mean, total / count)

    def apply_to(self, x, mean, var):
        normal = (x - mean[:, None, None]) / (var + self.eps).pow(0.5)[:, None, None]
        return torch.einsum("nchw,c->nchw", normal, self.weight) + self.bias[:, None, None]


def dropout(x, p=0.5, training=True):
    if p < 0:
        raise ValueError("p is negative")
    if p > 1:
        raise ValueError("p is above one")
    if training and p == 1:
        return torch.zeros_like(x) * x.sum()
    if training and p > 0:
        dropped = torch.rand(x.shape, generator=GENERATOR) < p
        return x.masked_fill(dropped, 0) / (1 - p)
    return x
