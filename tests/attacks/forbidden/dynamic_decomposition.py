"""Uses the decomposition of the operator in Python.

Expect: fail
Says: off limits|raises|no answer
"""

import torch
from torch._decomp import decomposition_table


def attention(query, key, value, mask=None):
    operator = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default
    return decomposition_table[operator](query[None, None], key[None, None], value[None, None])[0][0, 0]
