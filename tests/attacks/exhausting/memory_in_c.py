"""Asks the C library for memory, and touches it.

Expect: fail
Says: memory
"""

import ctypes

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = (ctypes.c_size_t,)


def attention(query, key, value, mask=None):
    for _ in range(400):
        block = libc.malloc(16 << 20)
        if not block:
            raise MemoryError
        ctypes.memset(block, 1, 16 << 20)
    return query
