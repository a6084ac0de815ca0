"""SimpleCNN: two convolutions, two poolings and one linear layer that read handwritten digits."""

import torch
from torch import Tensor, nn


class SimpleCNN(nn.Module):
    """Classify 28 × 28 grey images into 10 digits. See `exercises/simple_cnn.py` for the contract."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(kernel_size=2)
        self.fc = nn.Linear(64 * 7 * 7, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, 10) of the images x (N, 1, 28, 28)."""
        x = self.pool(torch.relu(self.conv1(x)))  # (N, 32, 14, 14)
        x = self.pool(torch.relu(self.conv2(x)))  # (N, 64, 7, 7)
        x = x.flatten(start_dim=1)  # (N, 3136)
        return self.fc(x)  # (N, 10), logits
