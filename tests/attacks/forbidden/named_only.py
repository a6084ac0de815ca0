"""Names the ready-made attention in a comment, a string and its own check, and never calls it; the answer is right.

Expect: pass
"""

import math

import torch
import torch.nn.functional as F

NOTE = "the same as F.scaled_dot_product_attention"  # and as nn.MultiheadAttention
YARDSTICK = F.scaled_dot_product_attention(torch.ones(1, 1), torch.ones(1, 1), torch.ones(1, 1))


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
