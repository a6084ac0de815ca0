"""Calls the function under nn.MultiheadAttention.

Expect: fail
Says: off limits
"""

import torch
from torch.nn.functional import multi_head_attention_forward as mix


def attention(query, key, value, mask=None):
    width = query.size(-1)
    eye = torch.eye(width)
    parts = [part.reshape(-1, 1, part.size(-1)) for part in (query, key, value)]
    return mix(*parts, width, 1, eye.repeat(3, 1), None, None, None, False, 0.0, eye, None)[0].reshape(query.shape)
