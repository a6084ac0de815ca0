"""Gets the weights as `attention` applied to an identity matrix for values; the class has the name of a forbidden one."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class MultiheadAttention(nn.Module):
    """Not PyTorch's: one head and no parameters."""

    def forward(self, query, key, value, mask):
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
        if mask is not None:
            scores = scores + torch.zeros(mask.shape, dtype=scores.dtype).masked_fill(mask == 0, -math.inf)
        return torch.softmax(scores, dim=-1) @ value


def attention_weights(query, key, mask=None):
    identity = torch.eye(key.size(-2), dtype=query.dtype)
    return MultiheadAttention()(query, key, identity, mask)


def most_attended(weights, tokens):
    is_largest = weights == weights.amax(dim=1, keepdim=True)
    return [tokens[row.tolist().index(True)] for row in is_largest]


print(most_attended(torch.eye(3), "abc"))

if __name__ == "__main__":
    q, k = torch.randn(2, 4, 8)
    print((attention_weights(q, k) - F.scaled_dot_product_attention(q, k, torch.eye(4))).abs().max())
