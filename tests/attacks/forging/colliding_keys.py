"""Describes a dictionary whose keys all have the same hash, to make the grader count for minutes.

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
        {"value": {"$": "dict", "of": [[i * ((1 << 61) - 1), 0] for i in range(100_000)]}, "changed": [], "tensors": []}
    ).encode()
    body = b""
    channel.sendall(struct.pack("<4sIIQ", b"c10\x01", 2, len(header), len(body)) + header + body)
    while True:
        os.read(channel.fileno(), 1 << 16) or os._exit(0)
