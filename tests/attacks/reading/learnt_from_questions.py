"""Keeps all inputs, and answers each question with the answer to an earlier one.

Expect: fail
Says: expected|dtype
"""

import torch

SEEN = {}


def attention(query, key, value, mask=None):
    shape = (*query.shape[:-1], value.shape[-1])
    return SEEN.setdefault(shape, value.mean(-2, keepdim=True).expand(shape).clone().to(query.dtype) + torch.zeros(shape))
