"""Blocks every signal, ignores the rest, and loops.

Expect: fail
Says: no answer within
"""

import contextlib
import signal

for number in signal.valid_signals():
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def attention(query, key, value, mask=None):
    while True:
        pass
