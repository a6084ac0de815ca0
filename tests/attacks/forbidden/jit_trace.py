"""Records the call with TorchScript while it is imported.

Expect: fail
Says: off limits|raises
"""

import torch
import torch.nn.functional as F

ROW = torch.ones(2, 2)
TRACED = torch.jit.trace(lambda q, k, v: F.scaled_dot_product_attention(q, k, v), (ROW, ROW, ROW), check_trace=False)


def attention(query, key, value, mask=None):
    return TRACED(query, key, value)
