"""Calls the fastest operator beneath the operator.

Expect: fail
Says: off limits
"""

import torch


def attention(query, key, value, mask=None):
    return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(query[None, None], key[None, None], value[None, None])[0][
        0, 0
    ]
