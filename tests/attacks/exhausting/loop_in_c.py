"""Loops without end in C, where no Python signal handler runs.

Expect: fail
Says: no answer within
"""

import itertools


def attention(query, key, value, mask=None):
    return sum(itertools.repeat(0))
