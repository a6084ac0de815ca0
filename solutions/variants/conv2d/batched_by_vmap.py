"""Written for one image and one kernel, and mapped over both by vmap."""

import torch
import torch.nn.functional as F


def conv2d(x, weight, bias=None, stride=1, padding=0):
    down, across = stride if isinstance(stride, (tuple, list)) else (stride, stride)
    above, left = padding if isinstance(padding, (tuple, list)) else (padding, padding)

    def one(image, kernel):
        windows = image.unfold(1, kernel.size(1), down).unfold(2, kernel.size(2), across)
        return (windows * kernel[:, None, None]).sum(dim=(0, 3, 4))

    over_kernels = torch.vmap(one, in_dims=(None, 0))
    over_images = torch.vmap(over_kernels, in_dims=(0, None))
    out = over_images(F.pad(x, (left, left, above, above)), weight)
    return out if bias is None else torch.vmap(torch.add, in_dims=(1, 0), out_dims=1)(out, bias)


def output_size(size, kernel_size, stride=1, padding=0):
    return int((size + 2 * padding - kernel_size) / stride + 1)


def conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    area = kernel_size**2 if isinstance(kernel_size, int) else kernel_size[0] * kernel_size[1]
    return out_channels * (in_channels * area + (1 if bias else 0))


def linear_parameter_count(in_features, out_features, bias=True):
    return out_features * (in_features + (1 if bias else 0))


def receptive_field(num_layers, kernel_size=3):
    return kernel_size + (num_layers - 1) * (kernel_size - 1) if num_layers else 1
