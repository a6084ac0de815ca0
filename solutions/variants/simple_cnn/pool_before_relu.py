"""Pools first and applies ReLU afterwards; the two commute."""

import torch.nn as nn


class SimpleCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(in_features=3136, out_features=10)
        self.pool = nn.MaxPool2d(kernel_size=(2, 2), stride=(2, 2))
        self.conv2 = nn.Conv2d(32, 64, (3, 3), padding=(1, 1))
        self.conv1 = nn.Conv2d(1, 32, (3, 3), padding=(1, 1))

    def forward(self, x):
        x = self.pool(self.conv1(x)).relu()
        x = self.pool(self.conv2(x)).relu()
        return self.fc(x.reshape(len(x), -1))
