"""Runs the entry that the dispatcher keeps for another backend.

Expect: fail
Says: off limits|crashed
"""

import torch
from torch._C import DispatchKey


def attention(query, key, value, mask=None):
    operator = torch.ops.aten._scaled_dot_product_attention_math.default
    for name in (
        "MkldnnCPU",
        "SparseCPU",
        "XLA",
        "Meta",
        "CUDA",
        "NestedTensorCPU",
        "CompositeImplicitAutograd",
        "AutogradXLA",
    ):
        try:
            return operator._op_dk(getattr(DispatchKey, name), query, key, value)[0]
        except Exception as error:
            last = error
    raise last
