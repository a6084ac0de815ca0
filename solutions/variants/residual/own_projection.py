"""Nests the projection in a class of its own and subclasses the convolution."""

import torch
import torch.nn.functional as F
from torch import nn


class Conv3x3(nn.Conv2d):
    def __init__(self, before, after, step=1):
        super().__init__(before, after, 3, stride=step, padding=1, bias=False)


class Projection(nn.Module):
    """A 1 × 1 convolution and its batch norm."""

    def __init__(self, before, after, step):
        super().__init__()
        self.steps = nn.ModuleDict(
            {"resize": nn.Conv2d(before, after, 1, stride=step, bias=False), "normalise": nn.BatchNorm2d(after)}
        )

    def forward(self, x):
        for step in self.steps.values():
            x = step(x)
        return x


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1, **unused):
        super().__init__()
        same = stride == 1 and in_channels == out_channels
        self.conv1, self.conv2 = Conv3x3(in_channels, out_channels, stride), Conv3x3(out_channels, out_channels)
        self.bn1, self.bn2 = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)
        self.shortcut = (lambda x: x) if same else Projection(in_channels, out_channels, stride)

    def branch(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))

    def forward(self, x):
        return torch.stack([self.branch(x), self.shortcut(x)]).sum(0).clamp(min=0)
