"""Sends names and shapes of the wrong types in place of a value.

Expect: fail
Says: .
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
            {
                "error": {
                    "kind": "state",
                    "missing": 5,
                    "unexpected": [torch.ones(2), 10**30],
                    "mismatched": {"a": [1, 2], 3: "x"},
                }
            }
        ).frame(2)
    )
    while channel.recv(1 << 16):
        pass
    os._exit(0)
