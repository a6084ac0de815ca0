"""Writes well-formed replies on every open descriptor.

Expect: fail
Says: answer
"""

import contextlib
import os

import torch

from chapter10.sandbox import protocol

for serial in range(1, 60):
    frame = protocol.encode({"value": torch.zeros(1, 1), "changed": [], "output": "", "seconds": 0.0}).frame(serial)
    for descriptor in range(64):
        with contextlib.suppress(OSError):
            os.write(descriptor, frame)


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
