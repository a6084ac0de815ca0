"""Takes the operator out of the interpreter of TorchScript.

Expect: fail
Says: off limits
"""

import torch

OPERATOR, _ = torch._C._jit_get_operation("aten::scaled_dot_product_attention")


def attention(query, key, value, mask=None):
    return OPERATOR(query, key, value, None if mask is None else mask != 0)
