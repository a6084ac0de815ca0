"""Aborts.

Expect: fail
Says: crashed|ended
"""

import os


def attention(query, key, value, mask=None):
    os.abort()
