"""Runs other programs in every way Python has; the answer is right.

Expect: pass
"""

import math
import os
import subprocess
import sys

import torch

for attempt in (
    lambda: subprocess.run([sys.executable, "-c", "print()"], check=True),
    lambda: os.execv("/bin/true", ["true"]),
    lambda: os.posix_spawn("/bin/true", ["true"], {}),
    lambda: os.system("true") == 0 or os.open("/nowhere", 0),
    lambda: os.popen("true").read(),
):
    try:
        attempt()
        print("BROKE OUT: ran a program")
    except OSError:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
