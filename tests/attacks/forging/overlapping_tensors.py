"""Describes 4,000 tensors on the same 16 MiB, each of which the grader would copy.

Expect: fail
Says: channel
"""

import gc
import json
import os
import socket
import struct


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    header = json.dumps(
        {"value": [{"$": i} for i in range(4000)], "changed": [], "tensors": [["bool", [1 << 24], 0, None]] * 4000}
    ).encode()
    body = bytes(1 << 24)
    channel.sendall(struct.pack("<4sIIQ", b"c10\x01", 2, len(header), len(body)) + header + body)
    while True:
        os.read(channel.fileno(), 1 << 16) or os._exit(0)
