"""Loops over the images of the batch, computes in float64 inside, and keeps a buffer that isn't saved."""

import torch
from torch import nn


class SimpleCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(3136, 10)
        self.register_buffer("calls", torch.zeros((), dtype=torch.long), persistent=False)

    def forward(self, x):
        self.calls += 1
        return torch.cat([self.logits(image[None]) for image in x]).to(x.dtype)

    def logits(self, x):
        x = self.pool(self.convolve(self.conv1, x.double()).relu())
        x = self.pool(self.convolve(self.conv2, x).relu())
        return x.flatten(1) @ self.fc.weight.double().t() + self.fc.bias.double()

    @staticmethod
    def convolve(conv, x):
        return nn.functional.conv2d(x, conv.weight.double(), conv.bias.double(), padding=1)
