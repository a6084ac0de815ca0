"""Disarms every timer and patches every clock, and loops.

Expect: fail
Says: no answer within
"""

import signal
import time

signal.setitimer(signal.ITIMER_REAL, 0)
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
signal.setitimer(signal.ITIMER_PROF, 0)
signal.alarm(0)
time.time = time.monotonic = time.perf_counter = lambda: 0.0


def attention(query, key, value, mask=None):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
