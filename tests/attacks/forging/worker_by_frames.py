"""Climbs the stack to the worker and makes it answer for itself.

Expect: fail
Says: expected
"""

import sys

import torch


def climb():
    frame = sys._getframe()
    while frame is not None:
        for item in list(frame.f_locals.values()):
            if type(item).__name__ == "Worker":
                return item
        frame = frame.f_back


worker = climb()
if worker is not None:
    answer = {"value": torch.zeros(1, 1), "changed": [], "status": "pass", "points": 20, "passed": True}
    type(worker).handle = lambda self, request, body=b"": dict(answer)


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
