"""Registers an exit with status 0 for the end, and raises.

Expect: fail
Says: RuntimeError
"""

import atexit
import os

atexit.register(os._exit, 0)


def attention(query, key, value, mask=None):
    raise RuntimeError("never mind")
