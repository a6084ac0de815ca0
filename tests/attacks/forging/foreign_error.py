"""Claims, with fields of the wrong types, that the grader has lost the process.

Expect: fail
Says: malformed error
"""

import gc
import os
import socket

from chapter10.sandbox import protocol


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    channel.sendall(
        protocol.encode({"error": {"kind": "lost", "reason": "timeout", "seconds": "many", "during": "import"}}).frame(2)
    )
    while channel.recv(1 << 16):
        pass
    os._exit(0)
