"""The softmax is written by hand, and ties are settled by a stable sort."""

import torch


def attention_weights(query, key, mask=None):
    scores = torch.matmul(query / query.size(-1) ** 0.5, key.transpose(-2, -1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, torch.finfo(scores.dtype).min)
    exponentials = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim=-1, keepdim=True)


def most_attended(weights, tokens):
    order = weights.sort(dim=-1, descending=True, stable=True).indices
    return [tokens[i] for i in order[:, 0]]
