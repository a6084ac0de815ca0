"""Hides the refusal, and then answers by itself.

Expect: fail
Says: off limits
"""

import math

import torch
import torch.nn.functional as F


def attention(query, key, value, mask=None):
    try:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=None if mask is None else mask != 0)
    except BaseException:
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -math.inf)
        return torch.softmax(scores, dim=-1) @ value
