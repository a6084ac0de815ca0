"""Raises KeyboardInterrupt, which stops a careless test runner.

Expect: fail
Says: KeyboardInterrupt
"""


def attention(query, key, value, mask=None):
    raise KeyboardInterrupt
