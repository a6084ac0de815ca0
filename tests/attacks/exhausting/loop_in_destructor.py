"""Loops without end as its value is taken down.

Expect: fail
Says: no answer within
"""


class Endless:
    def __del__(self):
        while True:
            pass


def attention(query, key, value, mask=None):
    return Endless()
