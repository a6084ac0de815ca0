"""Written with plain loops over the windows, and lists instead of a result tensor."""

import torch


def conv2d(x, weight, bias=None, stride=1, padding=0):
    sh, sw = as_pair(stride)
    ph, pw = as_pair(padding)
    kh, kw = weight.shape[2], weight.shape[3]
    framed = x.new_zeros(x.shape[0], x.shape[1], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw)
    framed[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]] = x
    rows = []
    for top in range(0, framed.shape[2] - kh + 1, sh):
        row = []
        for left in range(0, framed.shape[3] - kw + 1, sw):
            window = framed[:, None, :, top : top + kh, left : left + kw]
            row.append((window * weight).sum(dim=(2, 3, 4)))
        rows.append(torch.stack(row, dim=-1))
    result = torch.stack(rows, dim=-2)
    return result if bias is None else result + bias.reshape(1, -1, 1, 1)


def as_pair(value):
    return tuple(value) if hasattr(value, "__len__") else (value, value)


def output_size(size, kernel_size, stride=1, padding=0):
    return len(range(0, size + 2 * padding - kernel_size + 1, stride))


def conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    kh, kw = as_pair(kernel_size)
    return out_channels * (in_channels * kh * kw + bool(bias))


def linear_parameter_count(in_features, out_features, bias=True):
    return out_features * (in_features + bool(bias))


def receptive_field(num_layers, kernel_size=3):
    width = 1
    for _ in range(num_layers):
        width += kernel_size - 1
    return width
