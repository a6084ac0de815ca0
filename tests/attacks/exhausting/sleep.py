"""Sleeps for a day.

Expect: fail
Says: no answer within
"""

import time


def attention(query, key, value, mask=None):
    time.sleep(86_400)
