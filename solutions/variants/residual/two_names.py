"""Keeps the branch in a Sequential first, and gives its layers their names afterwards, so that each has two."""

import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.conv1, self.bn1, _, self.conv2, self.bn2 = self.branch
        self.shortcut = nn.Sequential()
        if in_channels != out_channels or stride != 1:
            project = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(project, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
