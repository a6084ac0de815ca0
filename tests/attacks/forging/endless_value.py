"""Returns a list that contains itself.

Expect: fail
Says: .
"""


def attention(query, key, value, mask=None):
    endless = []
    endless.append(endless)
    return endless
