"""Recurses until the stack of C is at its end.

Expect: fail
Says: crashed|raises|memory|ended
"""

import sys

sys.setrecursionlimit(1 << 30)


def attention(query, key, value, mask=None):
    return sorted([0, 1], key=lambda item: attention(query, key, value, mask))
