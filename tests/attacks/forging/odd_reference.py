"""Returns a model that it never made, of a type that is a tensor.

Expect: fail
Says: a model|object
"""

import gc
import os
import socket

import torch

from chapter10.sandbox import protocol


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    channel.sendall(
        protocol.encode({"value": protocol.Ref(1 << 62, "module", {"type": torch.ones(4)}), "changed": []}).frame(2)
    )
    while channel.recv(1 << 16):
        pass
    os._exit(0)
