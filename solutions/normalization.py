"""Layer normalisation (Ba et al. 2016), batch normalisation (Ioffe and Szegedy 2015), dropout (Srivastava et al. 2014)."""

import torch
from torch import Tensor, nn


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """Return each row of x normalised, scaled and shifted. See `exercises/normalization.py` for the contract."""
    mean = x.mean(dim=-1, keepdim=True)  # (..., 1)
    var = x.var(dim=-1, keepdim=True, correction=0)  # (..., 1), biased: divided by d
    return (x - mean) / torch.sqrt(var + eps) * weight + bias  # (..., d)


class BatchNorm(nn.Module):
    """Normalise each channel over the batch."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalised, (N, C) or (N, C, H, W) as it came."""
        if self.training:
            others = [axis for axis in range(x.dim()) if axis != 1]  # every axis but the channels'
            mean = x.mean(dim=others)  # (C,)
            var = x.var(dim=others, correction=0)  # (C,), biased
            self.update(mean.detach(), x.detach().var(dim=others, correction=1))
        else:
            mean, var = self.running_mean, self.running_var

        shape = (1, -1) + (1,) * (x.dim() - 2)  # (1, C) or (1, C, 1, 1), to line up with the channels of x
        scale = self.weight / torch.sqrt(var + self.eps)  # (C,)
        return (x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)

    def update(self, mean: Tensor, unbiased_var: Tensor) -> None:
        """Move the running statistics towards those of this batch."""
        self.running_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
        self.running_var.mul_(1 - self.momentum).add_(self.momentum * unbiased_var)


def dropout(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Set each element to zero with probability p, and divide the others by 1 − p."""
    if not 0 <= p <= 1:
        raise ValueError(f"p must be between 0 and 1, got {p}")
    if not training or p == 0:
        return x
    if p == 1:
        return x * 0  # zeros that still belong to the graph of x
    keep = torch.rand_like(x) >= p  # True with probability 1 − p
    return x * keep / (1 - p)
