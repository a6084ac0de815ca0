"""One row of the map at a time, with a log-softmax; the favourites are the first nonzeros of a comparison."""

import math

import torch
import torch.nn.functional as F


def attention_weights(query, key, mask=None):
    if mask is not None:
        mask = mask.expand(*query.shape[:-1], key.size(-2)).unbind(dim=-2)
    rows = []
    for i, q in enumerate(query.unbind(dim=-2)):
        scores = (key @ q.unsqueeze(-1)).squeeze(-1) / math.sqrt(q.size(-1))
        if mask is not None:
            scores = scores.masked_fill(mask[i] == 0, -math.inf)
        rows.append(F.log_softmax(scores, dim=-1).exp())
    return torch.stack(rows, dim=-2)


def most_attended(weights, tokens):
    return [tokens[(row == row.max()).nonzero()[0, 0]] for row in weights]
