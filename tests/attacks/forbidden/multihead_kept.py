"""Makes nn.MultiheadAttention while it is imported, and calls its forward later.

Expect: fail
Says: off limits
"""

import torch
from torch import nn

LAYERS = {width: nn.MultiheadAttention(width, 1, bias=False, batch_first=True) for width in range(1, 20)}
forward = nn.MultiheadAttention.forward


def attention(query, key, value, mask=None):
    layer = LAYERS[query.size(-1)]
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.eye(query.size(-1)).repeat(3, 1))
        layer.out_proj.weight.copy_(torch.eye(query.size(-1)))
    return forward(layer, query, key, value)[0]
