"""Loops without end while it is imported.

Expect: fail
Says: no answer within
"""

while True:
    pass
