"""Calls functions with the layers' weights instead of the layers."""

import torch
from torch import nn
from torch.nn import functional as F


class SimpleCNN(nn.Module):
    def __init__(self, *args, channels=(1, 32, 64), **kwargs):
        super().__init__(*args, **kwargs)
        for number, (before, after) in enumerate(zip(channels, channels[1:]), start=1):
            setattr(self, f"conv{number}", nn.Conv2d(before, after, 3, padding=1))
        self.add_module("pool", nn.MaxPool2d(2))
        self.add_module("fc", nn.Linear(49 * channels[-1], 10))

    def forward(self, *images):
        (x,) = images
        for conv in (self.conv1, self.conv2):
            x = F.conv2d(x, conv.weight, conv.bias, padding=1)
            x = F.max_pool2d(torch.clamp(x, min=0), 2)
        return F.linear(torch.flatten(x, 1), self.fc.weight, self.fc.bias)
