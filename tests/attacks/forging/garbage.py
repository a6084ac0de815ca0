"""Answers with random bytes.

Expect: fail
Says: channel
"""

import gc
import os
import socket
import struct


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    header = os.urandom(4096)
    body = b""
    channel.sendall(struct.pack("<4sIIQ", b"c10\x01", 2, len(header), len(body)) + header + body)
    while True:
        os.read(channel.fileno(), 1 << 16) or os._exit(0)
