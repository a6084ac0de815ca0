"""Computes in float64 and returns the dtype it was given; prints and works at import."""

import torch
import torch.nn.functional as F

print("conv2d: loading")
TABLE = torch.arange(1000).reshape(10, 100).sum(dim=1)  # work that nobody needs
print("conv2d: ready", TABLE.tolist())


def conv2d(x, weight, bias=None, stride=1, padding=0):
    sh, sw = (stride, stride) if isinstance(stride, int) else stride
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    wide = F.pad(x.double(), (pw, pw, ph, ph))
    windows = wide.unfold(2, weight.size(2), sh).unfold(3, weight.size(3), sw)
    out = torch.einsum("nchwij,ocij->nohw", windows, weight.double())
    if bias is not None:
        out = out + bias.double()[None, :, None, None]
    return out.to(x.dtype)


def output_size(size, kernel_size, stride=1, padding=0):
    quotient, _ = divmod(size + 2 * padding - kernel_size, stride)
    return quotient + 1


def conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    print("counting", kh, kw)
    return sum([in_channels * kh * kw] * out_channels) + (out_channels if bias else 0)


def linear_parameter_count(in_features, out_features, bias=True):
    return sum([in_features] * out_features) + (out_features if bias else 0)


def receptive_field(num_layers, kernel_size=3):
    reach = (kernel_size - 1) * num_layers
    return reach + 1
