"""SimpleCNN with any odd kernel size, and what each size costs."""

import torch
from torch import Tensor, nn


class KernelCNN(nn.Module):
    """SimpleCNN with a kernel size to choose."""

    def __init__(self, kernel_size: int) -> None:
        super().__init__()
        padding = kernel_size // 2  # as many pixels as the kernel reaches beyond its middle
        self.conv1 = nn.Conv2d(1, 32, kernel_size, padding=padding)
        self.conv2 = nn.Conv2d(32, 64, kernel_size, padding=padding)
        self.pool = nn.MaxPool2d(kernel_size=2)
        self.fc = nn.Linear(64 * 7 * 7, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (N, 10) of the images x (N, 1, 28, 28)."""
        x = self.pool(torch.relu(self.conv1(x)))  # (N, 32, 14, 14)
        x = self.pool(torch.relu(self.conv2(x)))  # (N, 64, 7, 7)
        x = x.flatten(start_dim=1)  # (N, 3136)
        return self.fc(x)  # (N, 10), logits


def build_cnn(kernel_size: int) -> nn.Module:
    """Return a new SimpleCNN with kernels of the given odd size. See `exercises/kernel_sweep.py` for the contract."""
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(f"kernel_size must be odd and positive, got {kernel_size}")
    return KernelCNN(kernel_size)


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers training may change."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
