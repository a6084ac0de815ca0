"""Answers questions that have not been asked yet.

Expect: fail
Says: expected|answer
"""

import gc
import socket

import torch

from chapter10.sandbox import protocol


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    for serial in range(2, 200):
        channel.sendall(protocol.encode({"value": torch.zeros(1, 1), "changed": [], "output": ""}).frame(serial))
    return torch.zeros(1, 1)
