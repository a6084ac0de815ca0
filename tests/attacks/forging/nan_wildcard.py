"""Answers NaN everywhere, hoping that no comparison with NaN is ever true.

Expect: fail
Says: nan
"""

import torch


def attention(query, key, value, mask=None):
    return torch.full((*query.shape[:-1], value.shape[-1]), float("nan"), dtype=query.dtype)
