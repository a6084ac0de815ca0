"""Returns a tensor that claims more memory than it has.

Expect: fail
Says: .
"""

import torch


def attention(query, key, value, mask=None):
    return torch.as_strided(torch.zeros(1), (1 << 40,), (0,))
