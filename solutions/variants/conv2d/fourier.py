"""Written with the fast Fourier transform: a product of spectra, the kernel's conjugated."""

import math

import torch
import torch.nn.functional as F


def conv2d(x, weight, bias=None, stride=1, padding=0):
    stride_h, stride_w = both(stride)
    pad_h, pad_w = both(padding)
    x = F.pad(x, (pad_w, pad_w, pad_h, pad_h))
    size = x.shape[-2:]
    image_spectrum = torch.fft.rfft2(x)
    kernel_spectrum = torch.fft.rfft2(weight, s=size).conj()
    spectrum = torch.einsum("nchw,ochw->nohw", image_spectrum, kernel_spectrum)
    out = torch.fft.irfft2(spectrum, s=size)
    out = out[..., : size[0] - weight.shape[2] + 1 : stride_h, : size[1] - weight.shape[3] + 1 : stride_w]
    return out if bias is None else out + bias[None, :, None, None]


def both(value):
    return (value, value) if isinstance(value, int) else value


def output_size(size, kernel_size, stride=1, padding=0):
    return 1 + math.floor((size + 2 * padding - kernel_size) / stride)


def conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    return math.prod((in_channels, out_channels, *both(kernel_size))) + out_channels * bias


def linear_parameter_count(in_features, out_features, bias=True):
    return math.prod((in_features, out_features)) + out_features * bias


def receptive_field(num_layers, kernel_size=3):
    return sum([kernel_size - 1] * num_layers, 1)
