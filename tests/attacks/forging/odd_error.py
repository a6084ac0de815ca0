"""Sends an error whose fields are tensors and numbers.

Expect: fail
Says: raises
"""

import gc
import os
import socket

import torch

from chapter10.sandbox import protocol


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    channel.sendall(
        protocol.encode(
            {"error": {"kind": "raised", "type": torch.ones(4), "message": 7, "line": torch.ones(1), "source": [1]}}
        ).frame(2)
    )
    while channel.recv(1 << 16):
        pass
    os._exit(0)
