"""The residual block (He et al. 2016)."""

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Return relu(branch(x) + shortcut(x)). See `exercises/residual.py` for the contract."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

        if in_channels == out_channels and stride == 1:
            self.shortcut = nn.Identity()
        else:  # the two summands need one shape
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, out_channels, H_out, W_out) for x (N, in_channels, H, W)."""
        out = torch.relu(self.bn1(self.conv1(x)))  # (N, out_channels, H_out, W_out)
        out = self.bn2(self.conv2(out))  # same shape; no ReLU yet, so the branch can also subtract
        return torch.relu(out + self.shortcut(x))
