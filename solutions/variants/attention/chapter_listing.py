"""The listing of the chapter: `masked_fill` with -inf, `F.softmax`, and a power for the square root."""

import torch.nn.functional as F


def attention(query, key, value, mask=None):
    """softmax(QKᵀ / √d_k) · V"""
    d_k = query.shape[-1]
    scores = (query @ key.transpose(-1, -2)) / d_k**0.5
    if mask is not None:
        scores = scores.masked_fill(mask == 0, float("-inf"))
    return F.softmax(scores, dim=-1) @ value
