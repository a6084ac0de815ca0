"""Raises an error whose every attribute misbehaves.

Expect: fail
Says: raises|ended
"""


class Meta(type):
    @property
    def __name__(cls):
        raise SystemExit(0)


class Hostile(BaseException, metaclass=Meta):
    def __str__(self):
        raise KeyboardInterrupt

    __repr__ = __str__

    @property
    def __class__(self):
        raise SystemExit(0)


def attention(query, key, value, mask=None):
    raise Hostile
