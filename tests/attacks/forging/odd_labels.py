"""Says that inputs were changed that have impossible names.

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
    header = json.dumps({"value": 1, "changed": ["\u00b2", "9" * 5000], "tensors": []}, ensure_ascii=False).encode()
    body = b""
    channel.sendall(struct.pack("<4sIIQ", b"c10\x01", 2, len(header), len(body)) + header + body)
    while True:
        os.read(channel.fileno(), 1 << 16) or os._exit(0)
