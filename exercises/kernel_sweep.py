"""SimpleCNN with any odd kernel size, and what each size costs.

The chapter's Warm-up trains SimpleCNN with kernels of 1, 3, 5 and 7 pixels. Here you write what it needs: a network for each
kernel size, and the count of its parameters. Chapter sections: Pass Challenges, Convolutional Neural Networks.
"""

import torch
from torch import nn


def build_cnn(kernel_size: int) -> nn.Module:
    """Return a new SimpleCNN whose two convolutions have kernel_size × kernel_size kernels.

    Apart from the kernel it is the network of `simple_cnn`: `conv1` (1 → 32 channels), `conv2` (32 → 64), `pool` (2 × 2 max),
    `fc` (3136 → 10), all with bias, ReLU after each convolution and then pooling. The padding is "same": whatever the kernel
    size, a convolution returns images as large as it got, so 28 → 14 → 7 pixels as before.

    Args:
        kernel_size: an odd number of pixels, 1 or more.

    Returns:
        An `nn.Module` that takes (N, 1, 28, 28) and returns logits (N, 10).

    Raises:
        ValueError: kernel_size is even, zero or negative (also when it is negative and odd).

    What the grader holds you to:
        - the submodules' names and shapes as above, and logits equal to the reference's once its `state_dict` is loaded;
        - every parameter receives its right gradient, in float32 and float64; the images are left as they were;
        - each call builds a fresh model: training one never changes another.

    Nothing is forbidden here.

    Example:
        >>> build_cnn(5).conv2.weight.shape
        torch.Size([64, 32, 5, 5])
        >>> build_cnn(7)(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 10])
    """
    # TODO 1: refuse the kernel sizes that have no middle pixel, or no pixel at all.
    # TODO 2: find the padding that keeps 28 pixels at 28, for any odd kernel size.
    # TODO 3: build and return the network; a class of your own is a good home for it.
    raise NotImplementedError("TODO: build_cnn")


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers training may change: the elements of all parameters with `requires_grad`, as an int.

    Any `nn.Module` can be asked. Frozen parameters and buffers are not counted; those of nested submodules are.

    Example:
        >>> [parameter_count(build_cnn(k)) for k in (1, 3, 5, 7)]
        [33546, 50186, 83466, 133386]
    """
    # TODO: add up the sizes of the parameters that are trained.
    raise NotImplementedError("TODO: parameter_count")
