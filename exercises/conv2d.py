"""2-D convolution, and the sums that explain why it is cheap.

A small kernel slides over the image, and the same few weights look at every place: local receptive fields, shared parameters.
Chapter section: Convolutional Neural Networks. The receptive field is from the section Common Pitfalls.
Source: LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998), section II.
"""

import torch
from torch import Tensor


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
) -> Tensor:
    """Slide every kernel over every image: multiply what it covers, element by element, and add up.

    Like all of deep learning, "convolution" means cross-correlation here: the kernel is not flipped.

    Args:
        x:       (N, C_in, H, W), a batch of images.
        weight:  (C_out, C_in, kH, kW), one kernel for each output channel. kH and kW may differ.
        bias:    (C_out,), added to each output channel. None: nothing is added.
        stride:  how far the kernel moves at each step, in pixels: an int, or a pair (down, across).
        padding: how many zeros surround the image, in pixels on each side: an int, or a pair (above and below, left and right).

    Returns:
        (N, C_out, H_out, W_out), in the dtype of x. H_out and W_out are what `output_size` gives for each axis.

    What the grader holds you to:
        - any N, any number of channels, H ≠ W, kH ≠ kW, with stride and padding apart and together, as ints and as pairs
          (the kernel always fits into the padded image);
        - float32 and float64, and tensors that are not contiguous in memory;
        - gradients flow to x, weight and bias, and are right;
        - x, weight and bias are left as they were.

    Write it yourself: PyTorch's ready-made convolutions (`F.conv2d` and its relatives, transposed ones too, `nn.Conv2d`,
    `torch.nn.grad` and the operators under them) are off limits. Everything else is yours: `F.pad`, `F.unfold`, `F.fold`,
    `Tensor.unfold`, `einsum`, `@`, FFT, `as_strided`, `vmap`, loops, indexing.

    Example:
        >>> x = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])  # (1, 1, 3, 3)
        >>> weight = torch.tensor([[[[1.0, 0.0], [0.0, 10.0]]]])                       # (1, 1, 2, 2)
        >>> conv2d(x, weight)                                                          # top left: 1 · 1 + 10 · 5
        tensor([[[[51., 62.],
                  [84., 95.]]]])
        >>> conv2d(x, weight, bias=torch.tensor([0.5]), stride=2, padding=(0, 1))
        tensor([[[[40.5000, 62.5000]]]])
    """
    # TODO 1: surround the images with zeros.
    # TODO 2: collect the windows that a kernel visits; the stride says which ones.
    # TODO 3: multiply each window by each kernel and add up, over the input channels too.
    # TODO 4: add the bias of each output channel, if there is one.
    raise NotImplementedError("TODO: conv2d")


def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    """Return how many places a kernel visits along one axis: floor((size + 2 · padding − kernel_size) / stride) + 1.

    All four are ints, in pixels; the kernel fits into the padded axis. The result is an int.

    Example:
        >>> output_size(28, 3, padding=1)
        28
        >>> output_size(7, 3, stride=2)
        3
        >>> output_size(8, 3, stride=2)  # the last column is never visited
        3
    """
    # TODO: how long is the padded axis, how many steps fit after the first place, and what happens to a remainder?
    raise NotImplementedError("TODO: output_size")


def conv2d_parameter_count(in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], bias: bool = True) -> int:
    """Return how many numbers a convolution layer learns, as an int. `kernel_size` is an int (square) or a pair (kH, kW).

    Example:
        >>> conv2d_parameter_count(1, 32, 3)  # the first layer of SimpleCNN
        320
        >>> conv2d_parameter_count(3, 8, (1, 5), bias=False)
        120
    """
    # TODO: how many weights has one kernel, how many kernels are there, and how many biases?
    raise NotImplementedError("TODO: conv2d_parameter_count")


def linear_parameter_count(in_features: int, out_features: int, bias: bool = True) -> int:
    """Return how many numbers a fully connected layer learns, as an int.

    Example:
        >>> linear_parameter_count(784, 128)  # 28 × 28 pixels, all connected to 128 units
        100480
    """
    # TODO: every input meets every output; each output has a bias.
    raise NotImplementedError("TODO: linear_parameter_count")


def receptive_field(num_layers: int, kernel_size: int = 3) -> int:
    """Return the width, in pixels, of what one output pixel sees through `num_layers` stacked convolutions of stride 1.

    It is num_layers · (kernel_size − 1) + 1, an int.

    Example:
        >>> [receptive_field(n) for n in (1, 2, 3)]
        [3, 5, 7]
        >>> receptive_field(2, kernel_size=5)
        9
    """
    # TODO: by how many pixels does each further layer widen the view?
    raise NotImplementedError("TODO: receptive_field")
