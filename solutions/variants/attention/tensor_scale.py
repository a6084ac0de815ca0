"""The scale is a tensor: √d as torch computes it, in float32."""

import torch
import torch.nn.functional as F


def attention(query, key, value, mask=None):
    scale = torch.sqrt(torch.tensor(query.shape[-1]))
    scores = torch.matmul(query, key.transpose(-2, -1)) / scale
    if mask is not None:
        scores = scores.masked_fill(mask == 0, float("-inf"))
    return torch.matmul(F.softmax(scores, dim=-1), value)
