"""Fills memory with bytes while it is imported.

Expect: fail
Says: memory
"""

kept = [bytearray(b"x") * (16 << 20) for _ in range(400)]
