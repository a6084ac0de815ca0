"""Keeps the projection's two parts as attributes of their own, with names other than `shortcut`."""

from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.project = self.project_bn = None
        if stride != 1 or in_channels != out_channels:
            self.project_bn = nn.BatchNorm2d(out_channels)
            self.project = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)

    def forward(self, x):
        short = x if self.project is None else self.project_bn(self.project(x))
        return (short + self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))).relu()
