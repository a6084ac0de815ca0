"""Loops without end in a regular expression.

Expect: fail
Says: no answer within
"""

import re


def attention(query, key, value, mask=None):
    return re.match(r"(a+)+$", "a" * 60 + "b")
