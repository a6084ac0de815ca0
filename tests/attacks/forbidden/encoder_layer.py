"""Uses the attention inside nn.TransformerEncoderLayer, made while it is imported.

Expect: fail
Says: off limits
"""

import torch
from torch import nn

LAYERS = {width: nn.TransformerEncoderLayer(width, 1, dropout=0.0, bias=False).eval() for width in range(1, 20)}


def attention(query, key, value, mask=None):
    layer = LAYERS[query.size(-1)]
    with torch.no_grad():
        return layer._sa_block(query, None, None)
