"""Calls the convolutions as functions and thins the image out before the projection."""

import torch
import torch.nn.functional as F
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.stride = stride
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.ModuleList()
        if not (stride == 1 and in_channels == out_channels):
            self.shortcut.append(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False))
            self.shortcut.append(nn.BatchNorm2d(out_channels))
        self.register_buffer("calls", torch.tensor(0), persistent=False)

    def forward(self, x):
        self.calls += 1
        out = F.relu(self.bn1(F.conv2d(x, self.conv1.weight, stride=self.stride, padding=1)))
        out = self.bn2(F.conv2d(out, self.conv2.weight, padding=1))
        if not len(self.shortcut):
            return F.relu(out + x)
        project, norm = self.shortcut
        thinned = x[:, :, :: self.stride, :: self.stride]
        return F.relu(out + norm(torch.einsum("nchw,ocij->nohw", thinned, project.weight)))
