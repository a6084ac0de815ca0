"""Executes a fresh copy of the module that holds it.

Expect: fail
Says: off limits
"""

import torch
import torch.nn.functional as F

FRESH = {"__name__": "fresh", "__file__": F.__file__}
torch._C._add_docstr = lambda function, text: function
with open(F.__file__) as file:
    exec(compile(file.read(), "fresh.py", "exec"), FRESH)


def attention(query, key, value, mask=None):
    return FRESH["scaled_dot_product_attention"](query, key, value, None if mask is None else mask != 0)
