"""Loops without end as its error is put into words.

Expect: fail
Says: no answer within
"""


class Endless(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


def attention(query, key, value, mask=None):
    raise Endless
