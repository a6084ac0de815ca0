"""Compiles the call with TorchScript while it is imported.

Expect: fail
Says: off limits
"""

import contextlib

import torch
import torch.nn.functional as F
from torch import Tensor


def mix(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    return F.scaled_dot_product_attention(query, key, value, mask)


with contextlib.suppress(Exception):  # TorchScript reads the source from a file, and may not find it here
    mix = torch.jit.script(mix)


def attention(query, key, value, mask=None):
    return mix(query, key, value, None if mask is None else mask != 0)
