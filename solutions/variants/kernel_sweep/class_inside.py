"""Defines the class of the network inside the function, so each call returns a model of another class."""

import math

import torch


def build_cnn(kernel_size):
    class SimpleCNN(torch.nn.Module):
        def __init__(self):
            super().__init__()
            reach = (kernel_size - 1) // 2
            self.conv1 = torch.nn.Conv2d(1, 32, (kernel_size, kernel_size), padding=(reach, reach))
            self.conv2 = torch.nn.Conv2d(32, 64, (kernel_size, kernel_size), padding=(reach, reach))
            self.pool = torch.nn.MaxPool2d(2, 2)
            self.fc = torch.nn.Linear(64 * 49, 10)

        def forward(self, x):
            x = self.pool(self.conv1(x)).relu()
            x = self.pool(self.conv2(x)).relu()
            return self.fc(x.reshape(x.size(0), 3136))

    if kernel_size <= 0:
        raise ValueError("a kernel has at least one pixel")
    if kernel_size % 2 != 1:
        raise ValueError("an even kernel has no middle")
    return SimpleCNN()


def parameter_count(model):
    return sum(math.prod(p.shape) for _, p in model.named_parameters() if p.requires_grad)
