"""Written with a Python loop over every sample, query and key."""

import torch


def attention(query, key, value, mask=None):
    length, size = query.shape[-2], key.shape[-2]
    if mask is None:
        mask = torch.ones(size)
    queries = query.reshape(-1, length, query.shape[-1])
    keys = key.reshape(-1, size, key.shape[-1])
    values = value.reshape(-1, size, value.shape[-1])
    allowed = mask.expand(*query.shape[:-1], size).reshape(-1, length, size).tolist()
    rows = []
    for n in range(len(queries)):
        for i in range(length):
            kept = [j for j in range(size) if allowed[n][i][j]]
            scores = [torch.dot(queries[n, i], keys[n, j]) / query.shape[-1] ** 0.5 for j in kept]
            largest = max(score.item() for score in scores)
            exponentials = [torch.exp(score - largest) for score in scores]
            total = sum(exponentials)
            rows.append(sum(e / total * values[n, j] for e, j in zip(exponentials, kept)))
    return torch.stack(rows).reshape(*query.shape[:-1], value.shape[-1])
