"""Your output size rounds to the nearest number of steps.

A step that doesn't fit whole isn't taken, however little is missing. Which division leaves the remainder away?
"""

import torch
import torch.nn.functional as F


def conv2d(x, weight, bias=None, stride=1, padding=0):
    stride_h, stride_w = pair(stride)
    pad_h, pad_w = pair(padding)
    kernel_h, kernel_w = weight.shape[-2:]
    x = F.pad(x, (pad_w, pad_w, pad_h, pad_h))
    windows = x.unfold(2, kernel_h, stride_h).unfold(3, kernel_w, stride_w)
    out = torch.einsum("nchwij,ocij->nohw", windows, weight)
    if bias is not None:
        out = out + bias[:, None, None]
    return out


def output_size(size, kernel_size, stride=1, padding=0):
    return round((size + 2 * padding - kernel_size) / stride) + 1


def conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    kernel_h, kernel_w = pair(kernel_size)
    weights = out_channels * in_channels * kernel_h * kernel_w
    return weights + out_channels if bias else weights


def linear_parameter_count(in_features, out_features, bias=True):
    weights = out_features * in_features
    return weights + out_features if bias else weights


def receptive_field(num_layers, kernel_size=3):
    return num_layers * (kernel_size - 1) + 1


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)
