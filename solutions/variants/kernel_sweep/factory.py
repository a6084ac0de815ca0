"""Builds the network by a factory of partial layers, keeps every model in a list, and counts by a dictionary."""

import functools

import torch
from torch import nn

BUILT = []


class Odd(nn.Module):
    def __init__(self, convolution):
        super().__init__()
        self.conv1, self.conv2 = convolution(1, 32), convolution(32, 64)
        self.pool, self.fc = nn.MaxPool2d(2), nn.Linear(3136, 10)
        self.register_buffer("built", torch.tensor(len(BUILT)), persistent=False)

    def forward(self, *inputs, **named):
        x = inputs[0] if inputs else named["x"]
        halves = [lambda y: self.pool(self.conv1(y).relu()), lambda y: self.pool(self.conv2(y).relu())]
        return self.fc(functools.reduce(lambda y, half: half(y), halves, x).flatten(1))


def build_cnn(kernel_size=3):
    middle, rest = divmod(kernel_size, 2)
    if middle < 0 or rest == 0:
        raise ValueError("kernel_size")
    BUILT.append(Odd(functools.partial(nn.Conv2d, kernel_size=kernel_size, padding=middle)))
    return BUILT[-1]


def parameter_count(model):
    trained = {name: p.numel() for name, p in model.named_parameters() if p.requires_grad}
    return sum(trained.values())
