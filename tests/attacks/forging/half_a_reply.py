"""Sends a reply byte by byte, and never the last one.

Expect: fail
Says: channel|no answer
"""

import gc
import socket
import time


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    while True:
        channel.send(b"c")
        time.sleep(0.05)
