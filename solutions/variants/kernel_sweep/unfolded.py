"""Convolves by unfolding, with the layers only holding the weights."""

import torch
import torch.nn.functional as F
from torch import nn


class UnfoldedCNN(nn.Module):
    def __init__(self, kernel_size):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size)
        self.conv2 = nn.Conv2d(32, 64, kernel_size)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(3136, 10)

    def forward(self, x):
        x = self.pool(self.convolve(self.conv1, x))
        x = self.pool(self.convolve(self.conv2, x))
        return self.fc(x.flatten(1))

    def convolve(self, conv, x):
        k = conv.weight.size(-1)
        columns = F.unfold(x, k, padding=k // 2)
        out = conv.weight.flatten(1) @ columns + conv.bias[:, None]
        return torch.relu(out).unflatten(-1, x.shape[-2:])


def build_cnn(kernel_size):
    try:
        assert kernel_size > 0 and kernel_size % 2 == 1
    except AssertionError as error:
        raise ValueError("odd and positive, please") from error
    return UnfoldedCNN(kernel_size)


def parameter_count(model):
    return int(sum(torch.tensor(p.numel()) for p in model.parameters() if p.requires_grad))
