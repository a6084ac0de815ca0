"""2-D convolution (LeCun et al. 1998), and the sums that explain why it is cheap."""

import torch
import torch.nn.functional as F
from torch import Tensor


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
) -> Tensor:
    """Slide every kernel over every image. See `exercises/conv2d.py` for the contract."""
    stride_h, stride_w = pair(stride)
    pad_h, pad_w = pair(padding)
    kernel_h, kernel_w = weight.shape[-2:]

    x = F.pad(x, (pad_w, pad_w, pad_h, pad_h))  # (N, C_in, H + 2 pad_h, W + 2 pad_w): F.pad starts at the last axis
    windows = x.unfold(2, kernel_h, stride_h)  # (N, C_in, H_out, W, kH)
    windows = windows.unfold(3, kernel_w, stride_w)  # (N, C_in, H_out, W_out, kH, kW)
    out = torch.einsum("nchwij,ocij->nohw", windows, weight)  # (N, C_out, H_out, W_out)
    if bias is not None:
        out = out + bias[:, None, None]  # (C_out, 1, 1): one number for each output channel
    return out


def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    """Return how many places a kernel visits along one axis."""
    return (size + 2 * padding - kernel_size) // stride + 1


def conv2d_parameter_count(in_channels: int, out_channels: int, kernel_size: int | tuple[int, int], bias: bool = True) -> int:
    """Return how many numbers a convolution layer learns."""
    kernel_h, kernel_w = pair(kernel_size)
    weights = out_channels * in_channels * kernel_h * kernel_w
    return weights + out_channels if bias else weights


def linear_parameter_count(in_features: int, out_features: int, bias: bool = True) -> int:
    """Return how many numbers a fully connected layer learns."""
    weights = out_features * in_features
    return weights + out_features if bias else weights


def receptive_field(num_layers: int, kernel_size: int = 3) -> int:
    """Return the width of what one output pixel sees: each layer adds kernel_size − 1 pixels to the one itself."""
    return num_layers * (kernel_size - 1) + 1


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """Return (value, value) for an int, and a pair as it is."""
    return (value, value) if isinstance(value, int) else tuple(value)
