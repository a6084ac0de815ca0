"""Crashes the interpreter.

Expect: fail
Says: segmentation fault
"""

import ctypes


def attention(query, key, value, mask=None):
    ctypes.string_at(0)
