"""Hides the call in a string that is executed.

Expect: fail
Says: off limits
"""

import base64

CODE = base64.b64decode("ZnJvbSB0b3JjaC5ubi5mdW5jdGlvbmFsIGltcG9ydCBzY2FsZWRfZG90X3Byb2R1Y3RfYXR0ZW50aW9uIGFzIG1peA==")


def attention(query, key, value, mask=None):
    scope = {}
    exec(CODE, scope)
    return scope["mix"](query, key, value, None if mask is None else mask != 0)
