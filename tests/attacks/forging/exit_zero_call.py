"""Ends the process with status 0 when called.

Expect: fail
Says: ended the Python process
"""

import os


def attention(query, key, value, mask=None):
    os._exit(0)
