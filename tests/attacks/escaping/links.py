"""Makes links to what lies outside; the answer is right.

Expect: pass
"""

import math
import os

import torch

for target in ("/etc/passwd", "/work/main/solutions", "/proc/self/root", "/dev/null"):
    for verb in (os.symlink, os.link):
        try:
            verb(target, "link")
            print("BROKE OUT:", verb.__name__, target)
        except OSError:
            pass
for attempt in (lambda: os.mkfifo("pipe"), lambda: os.mknod("device", 0o20600, os.makedev(1, 1))):
    try:
        attempt()
        print("BROKE OUT: special file")
    except OSError:
        pass


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
