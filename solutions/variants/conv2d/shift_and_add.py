"""Loops over the places of the kernel instead of the places of the image."""

import torch
from torch.nn.functional import pad


class Conv2d:
    """Holds the settings only; named like the layer, but our own."""

    def __init__(self, stride, padding):
        self.stride = stride if isinstance(stride, (tuple, list)) else (stride,) * 2
        self.padding = padding if isinstance(padding, (tuple, list)) else (padding,) * 2

    def __call__(self, x, weight, bias):
        (sh, sw), (ph, pw) = self.stride, self.padding
        kh, kw = weight.shape[2:]
        oh, ow = output_size(x.size(2), kh, sh, ph), output_size(x.size(3), kw, sw, pw)
        x = pad(x, [pw, pw, ph, ph])
        total = 0
        for i in range(kh):
            for j in range(kw):
                shifted = x[:, :, i : i + (oh - 1) * sh + 1 : sh, j : j + (ow - 1) * sw + 1 : sw]
                total = total + torch.einsum("nchw,oc->nohw", shifted, weight[:, :, i, j])
        return total if bias is None else total + bias.view(-1, 1, 1)


def conv2d(x, weight, bias=None, stride=1, padding=0):
    return Conv2d(stride, padding)(x, weight, bias)


def output_size(size, kernel_size, stride=1, padding=0):
    return (size + padding + padding - kernel_size + stride) // stride


def conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    side = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * 2
    return side[0] * side[1] * in_channels * out_channels + int(bias) * out_channels


def linear_parameter_count(in_features, out_features, bias=True):
    return in_features * out_features + int(bias) * out_features


def receptive_field(num_layers, kernel_size=3):
    return num_layers * kernel_size - num_layers + 1
