"""Returns more than may be sent.

Expect: fail
Says: cannot be sent
"""

import torch


def attention(query, key, value, mask=None):
    return torch.ones(1 << 24)
