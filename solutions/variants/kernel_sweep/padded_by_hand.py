"""Pads the images itself and gives its layers no padding."""

import torch
import torch.nn.functional as F
from torch import nn


class Cnn(nn.Module):
    def __init__(self, k, **options):
        super().__init__()
        self.reach = k // 2
        self.conv1 = nn.Conv2d(1, 32, k, **options)
        self.conv2 = nn.Conv2d(32, 64, k, **options)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(3136, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = self.pool(torch.relu(conv(F.pad(x, [self.reach] * 4))))
        return self.fc(x.flatten(1))


def build_cnn(kernel_size, **options):
    if kernel_size < 1 or not kernel_size % 2:
        raise ValueError(kernel_size)
    return Cnn(kernel_size, **options)


def parameter_count(model):
    trained = [p.reshape(-1) for p in model.parameters() if p.requires_grad]
    return torch.cat(trained).numel() if trained else 0
