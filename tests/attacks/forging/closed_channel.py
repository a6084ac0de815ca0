"""Shuts the channel down under the grader.

Expect: fail
Says: ended|no answer|exit
"""

import gc
import os
import socket


def attention(query, key, value, mask=None):
    for item in gc.get_objects():
        if isinstance(item, socket.socket):
            item.shutdown(socket.SHUT_RDWR)
    os.closerange(0, 64)
    return query
