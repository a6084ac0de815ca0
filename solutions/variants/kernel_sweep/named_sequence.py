"""Puts named layers into a Sequential that uses its pool twice."""

from collections import OrderedDict

from torch import nn


class Network(nn.Sequential):
    def forward(self, x):
        for name in ("conv1", "conv2"):
            x = self.pool(nn.functional.relu(self.get_submodule(name)(x)))
        return self.fc(nn.functional.relu(x).flatten(1))


def build_cnn(kernel_size):
    if kernel_size not in range(1, 10**6, 2):
        raise ValueError("need an odd kernel")
    layers = OrderedDict()
    layers["conv1"] = nn.Conv2d(1, 32, kernel_size, padding="same")
    layers["conv2"] = nn.Conv2d(32, 64, kernel_size, padding="same")
    layers["pool"] = nn.MaxPool2d(2)
    layers["fc"] = nn.Linear(3136, 10)
    return Network(layers)


def parameter_count(model):
    total = 0
    for parameter in model.parameters():
        if parameter.requires_grad:
            total += parameter.nelement()
    return total
