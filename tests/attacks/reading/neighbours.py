"""Looks for the files of the submissions before and beside it.

Expect: fail
Says: expected
"""

import os
import tempfile

import torch

here = os.getcwd()
for folder in {os.path.dirname(here), tempfile.gettempdir(), "/tmp", os.path.expanduser("~"), "/dev/shm", "/var/tmp"}:
    try:
        others = [name for name in os.listdir(folder) if os.path.join(folder, name) != here and folder != here]
    except OSError:
        continue
    if others:
        print("BROKE OUT: listed", folder, others[:5])
if os.listdir(here):
    print("BROKE OUT: the folder is not empty")
with open("left-behind", "w") as file:
    file.write("for the next one")


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
