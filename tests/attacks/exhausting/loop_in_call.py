"""Loops without end when called.

Expect: fail
Says: no answer within
"""


def attention(query, key, value, mask=None):
    while True:
        pass
