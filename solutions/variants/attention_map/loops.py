"""Written with Python loops and the `math` module; the map is a list of lists until the end."""

import math

import torch


def attention_weights(query, key, mask=None):
    length, size = query.shape[-2], key.shape[-2]
    allowed = (torch.ones(size) if mask is None else mask).expand(*query.shape[:-1], size).reshape(-1, length, size)
    maps = []
    for q, k, keep in zip(query.reshape(-1, *query.shape[-2:]), key.reshape(-1, *key.shape[-2:]), allowed):
        for i in range(length):
            scores = [float((q[i].double() * k[j].double()).sum()) / math.sqrt(q.shape[1]) for j in range(size)]
            largest = max(score for score, ok in zip(scores, keep[i].tolist()) if ok)
            row = [math.exp(score - largest) if ok else 0.0 for score, ok in zip(scores, keep[i].tolist())]
            maps.append([e / sum(row) for e in row])
    return torch.tensor(maps, dtype=query.dtype).reshape(*query.shape[:-1], size)


def most_attended(weights, tokens):
    answer = []
    for row in weights.tolist():
        best = 0
        for j, weight in enumerate(row):
            if weight > row[best]:
                best = j
        answer.append(tokens[best])
    return answer
