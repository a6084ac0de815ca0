"""Hides the call in the forward of an autograd function.

Expect: fail
Says: off limits
"""

import torch
import torch.nn.functional as F


class Mix(torch.autograd.Function):
    @staticmethod
    def forward(ctx, query, key, value):
        return F.scaled_dot_product_attention(query, key, value)


def attention(query, key, value, mask=None):
    return Mix.apply(query, key, value)
