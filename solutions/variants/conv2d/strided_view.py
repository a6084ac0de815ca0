"""Written with as_strided on a padded copy, with every argument passed on through *args and **kwargs."""

import torch


def conv2d(*args, **kwargs):
    return _conv(*args, **kwargs)


def _conv(x, weight, bias=None, stride=1, padding=0):
    (sh, sw), (ph, pw) = (value if isinstance(value, tuple) else (value, value) for value in (stride, padding))
    frame = torch.nn.functional.pad(x, (pw, pw, ph, ph)).contiguous()
    n, c, height, width = frame.shape
    out_channels, _, kh, kw = weight.shape
    shape = (n, (height - kh) // sh + 1, (width - kw) // sw + 1, c, kh, kw)
    step_n, step_c, step_h, step_w = frame.stride()
    windows = frame.as_strided(shape, (step_n, step_h * sh, step_w * sw, step_c, step_h, step_w))
    out = torch.tensordot(windows, weight, dims=([3, 4, 5], [1, 2, 3]))
    if bias is not None:
        out = out + bias
    return out.movedim(-1, 1).contiguous()


def output_size(size, kernel_size, stride=1, padding=0):
    places, start = 0, -padding
    while start + kernel_size <= size + padding:
        places, start = places + 1, start + stride
    return places


def conv2d_parameter_count(in_channels, out_channels, kernel_size, bias=True):
    kh, kw = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
    weights = in_channels * out_channels * kh * kw
    if not bias:
        return weights
    return weights + out_channels


def linear_parameter_count(*args, **kwargs):
    def count(in_features, out_features, bias=True):
        return in_features * out_features + (out_features if bias else 0)

    return count(*args, **kwargs)


def receptive_field(num_layers, kernel_size=3):
    return 1 + num_layers * (kernel_size - 1)
