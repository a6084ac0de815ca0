"""Raises SystemExit(0) when called.

Expect: fail
Says: SystemExit
"""


def attention(query, key, value, mask=None):
    raise SystemExit(0)
