"""Gives nn.MultiheadAttention the identity for its weights.

Expect: fail
Says: off limits
"""

import torch
from torch import nn


def attention(query, key, value, mask=None):
    width = query.size(-1)
    layer = nn.MultiheadAttention(width, 1, bias=False, batch_first=True, vdim=value.size(-1))
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.eye(*parameter.shape))
    return layer(query, key, value)[0]
