"""Passes its descriptors to the grader with a reply.

Expect: fail
Says: channel
"""

import array
import gc
import socket


def attention(query, key, value, mask=None):
    channel = next(item for item in gc.get_objects() if isinstance(item, socket.socket))
    for _ in range(20):
        channel.sendmsg([b"c10\x01"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2, channel.fileno()]))])
    return query
