"""You put the results into a grid with its rows and columns exchanged.

Row by row, a sequence of H_out · W_out results fills H_out rows of W_out numbers. Try an image that isn't square.
"""

import torch.nn.functional as F


def conv2d(x, weight, bias=None, stride=1, padding=0):
    stride_h, stride_w = pair(stride)
    pad_h, pad_w = pair(padding)
    out_h = output_size(x.size(2), weight.size(2), stride_h, pad_h)
    out_w = output_size(x.size(3), weight.size(3), stride_w, pad_w)
    columns = F.unfold(x, tuple(weight.shape[2:]), padding=(pad_h, pad_w), stride=(stride_h, stride_w))
    out = weight.flatten(1) @ columns
    if bias is not None:
        out = out + bias[:, None]
    return out.reshape(x.size(0), weight.size(0), out_w, out_h)


def output_size(size, kernel_size, stride=1, padding=0):
    return (size + 2 * padding - kernel_size) // stride + 1


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
