"""Stops itself; the answer is right.

Expect: pass
"""

import contextlib
import math
import os
import signal
import threading

import torch

for number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGHUP):
    with contextlib.suppress(OSError):
        os.kill(os.getpid(), number)
    signal.pthread_kill(threading.get_ident(), number)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
