"""Makes the methods of Tensor agree with everything.

Expect: fail
Says: expected
"""

import torch

torch.Tensor.__eq__ = lambda self, other: torch.ones_like(self, dtype=torch.bool)
torch.Tensor.__sub__ = lambda self, other: torch.zeros_like(self)
torch.Tensor.__le__ = torch.Tensor.__lt__ = torch.Tensor.__eq__


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
