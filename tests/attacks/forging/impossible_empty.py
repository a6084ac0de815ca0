"""Describes an empty tensor whose other sizes overflow.

Expect: fail
Says: channel|expected
"""

import gc
import json
import os
import socket
import struct


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    header = json.dumps({"value": {"$": 0}, "changed": [], "tensors": [["float32", [1 << 28] * 15 + [0], 0, None]]}).encode()
    body = b""
    channel.sendall(struct.pack("<4sIIQ", b"c10\x01", 2, len(header), len(body)) + header + body)
    while True:
        os.read(channel.fileno(), 1 << 16) or os._exit(0)
