"""Looks for secrets in the environment and the command line.

Expect: fail
Says: expected
"""

import os

import torch

for name in os.environ:
    if "SECRET" in name or "TOKEN" in name or "PYTEST" in name or "USER" in name:
        print("BROKE OUT: environment", name)
for path in ("/proc/self/environ", "/proc/1/environ", "/proc/self/cmdline", f"/proc/{os.getppid()}/environ"):
    try:
        open(path, "rb").read()
        print("BROKE OUT: read", path)
    except OSError:
        pass


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
