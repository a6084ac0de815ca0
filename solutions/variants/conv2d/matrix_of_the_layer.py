"""Builds the layer's matrix from images of single pixels, and multiplies flattened images by it."""

import torch
import torch.nn.functional as F


def conv2d(x, weight, bias=None, stride=1, padding=0):
    """torch.nn.functional.conv2d by way of a dense matrix (the name occurs in this text only)."""
    stride, padding = pair(stride), pair(padding)
    n, c, height, width = x.shape
    pixels = torch.eye(height * width, dtype=x.dtype).view(-1, 1, height, width)
    columns = F.unfold(pixels, weight.shape[2:], padding=padding, stride=stride)  # (H·W, kH·kW, H_out·W_out)
    matrix = torch.einsum("ock,pkl->cpol", weight.flatten(2), columns)  # (C_in, H·W, C_out, H_out·W_out)
    out = x.reshape(n, -1) @ matrix.flatten(2).flatten(0, 1)
    out_h, out_w = (output_size(x.size(i + 2), weight.size(i + 2), stride[i], padding[i]) for i in range(2))
    out = out.view(n, weight.size(0), out_h, out_w)
    return out.add(bias[:, None, None]) if bias is not None else out


def pair(value):
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def output_size(size, kernel_size, stride=1, padding=0):
    return (size + 2 * padding - kernel_size) // stride + 1


def conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=True, **unused):
    kh, kw = pair(kernel_size)
    return (in_channels * kh * kw + int(bias)) * out_channels


def linear_parameter_count(in_features, out_features, bias=True, **unused):
    return (in_features + int(bias)) * out_features


receptive_field = lambda num_layers, kernel_size=3: num_layers * (kernel_size - 1) + 1  # noqa: E731
