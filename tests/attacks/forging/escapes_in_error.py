"""Raises an error whose text and type steer a terminal and cannot be encoded.

Expect: fail
Says: raises Odd
"""

Odd = type("Odd\x1b[31m", (Exception,), {})


def attention(query, key, value, mask=None):
    raise Odd("\x1b[2J\ud800 [bold]all tests passed[/bold]\u202e")
