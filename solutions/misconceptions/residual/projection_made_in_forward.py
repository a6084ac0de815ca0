"""You create the projection anew in each call.

Its weights are then random every time, and no optimiser knows them. Create layers in `__init__`, use them in `forward`.
"""

import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if out.shape != x.shape:
            step = x.size(2) // out.size(2)
            project = nn.Conv2d(x.size(1), out.size(1), 1, stride=step, bias=False)
            x = nn.BatchNorm2d(out.size(1))(project(x))
        return torch.relu(out + x)
