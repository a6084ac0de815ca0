"""Returns an object that is equal to everything.

Expect: fail
Says: an object of type
"""


class Yes:
    shape = dtype = property(lambda self: self)
    __array__ = __float__ = None

    def __eq__(self, other):
        return True

    __le__ = __lt__ = __ge__ = __gt__ = __eq__
    __hash__ = None

    def __getattr__(self, name):
        return self

    def __call__(self, *arguments, **options):
        return self


def attention(query, key, value, mask=None):
    return Yes()
