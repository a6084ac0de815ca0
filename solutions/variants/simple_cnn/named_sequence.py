"""Is a dictionary of named layers whose forward pass is put together anew at each call."""

from collections import OrderedDict

from torch import nn


def layers():
    yield "conv1", nn.Conv2d(1, 32, 3, 1, 1)
    yield "relu", nn.ReLU()
    yield "pool", nn.MaxPool2d(2, ceil_mode=False)
    yield "conv2", nn.Conv2d(32, 64, 3, 1, 1)
    yield "flatten", nn.Flatten()
    yield "fc", nn.Linear(3136, 10)


class SimpleCNN(nn.Sequential):
    def __init__(self):
        super().__init__(OrderedDict(layers()))

    def forward(self, x):
        order = ["conv1", "relu", "pool", "conv2", "relu", "pool", "flatten", "fc"]
        return nn.Sequential(*(self.get_submodule(name) for name in order))(x)
