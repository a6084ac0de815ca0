"""Returns as much as may be sent, each time, until the grader drowns.

Expect: fail
Says: shape
"""

import torch

KEPT = torch.zeros(30 << 20, dtype=torch.int8)


def attention(query, key, value, mask=None):
    return KEPT
