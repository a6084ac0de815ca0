"""Executes source that is nested deeper than any parser can hold.

Expect: fail
Says: raises (SyntaxError|MemoryError|RecursionError)|crashed
"""

exec("(" * 100_000 + ")" * 100_000)
