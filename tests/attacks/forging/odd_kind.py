"""Sends an error whose kind is a tensor.

Expect: fail
Says: malformed error
"""

import gc
import os
import socket

import torch

from chapter10.sandbox import protocol


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    channel.sendall(protocol.encode({"error": {"kind": torch.ones(4)}}).frame(2))
    while channel.recv(1 << 16):
        pass
    os._exit(0)
