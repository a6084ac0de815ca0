"""You spread a 3 × 3 kernel over k pixels instead of making it larger.

A dilated kernel sees as far, but has 9 weights for each pair of channels. The contract asks for k · k.
"""

import torch
from torch import nn


class KernelCNN(nn.Module):
    def __init__(self, kernel_size):
        super().__init__()
        padding = kernel_size // 2
        places, gap = min(kernel_size, 3), max(padding, 1)
        self.conv1 = nn.Conv2d(1, 32, places, padding=padding, dilation=gap)
        self.conv2 = nn.Conv2d(32, 64, places, padding=padding, dilation=gap)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(64 * 7 * 7, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.fc(x.flatten(1))


def build_cnn(kernel_size):
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(f"kernel_size must be odd and positive, got {kernel_size}")
    return KernelCNN(kernel_size)


def parameter_count(model):
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
