"""Writes, renames, truncates and deletes outside its folder; the answer is right.

Expect: pass
"""

import contextlib
import glob
import math
import os
import site
import sys

import torch

folders = "/ /tmp /var/tmp /dev/shm /home /root /work /work/main /engine /usr/lib /run ..".split()
folders += [*sys.path, *site.getsitepackages(), *glob.glob("/home/*")]
open("mine", "w").close()


def tried(path, action, *arguments):
    with contextlib.suppress(OSError):
        action(path, *arguments)
        print("BROKE OUT:", action.__name__, path)


for folder in folders:
    path = os.path.join(folder, "c10-attack")
    tried(path, open, "w")
    tried(path, os.mkdir)
    with contextlib.suppress(OSError):
        os.rename("mine", path)
        print("BROKE OUT: moved", path)
for path in (os.__file__, sys.executable, torch.__file__):
    tried(path, open, "a")
for path in glob.glob("/*/chapter10-sentinel-*/*") + glob.glob("/*/*/chapter10-sentinel-*/*"):
    tried(path, open, "a")
    tried(path, os.truncate, 0)
    tried(path, os.chmod, 0)
    tried(path, os.utime)
    tried(path, os.unlink)


def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
