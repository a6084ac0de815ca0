"""You count the parameters of the innermost layers only.

A module with submodules may hold parameters of its own as well. Which method of the model finds all of them by itself?
"""

import torch
from torch import nn


class KernelCNN(nn.Module):
    def __init__(self, kernel_size):
        super().__init__()
        padding = kernel_size // 2
        self.conv1 = nn.Conv2d(1, 32, kernel_size, padding=padding)
        self.conv2 = nn.Conv2d(32, 64, kernel_size, padding=padding)
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
    leaves = [module for module in model.modules() if not list(module.children())]
    return sum(p.numel() for module in leaves for p in module.parameters() if p.requires_grad)
