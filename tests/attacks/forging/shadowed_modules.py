"""Leaves modules and hooks behind that the next interpreter would import.

Expect: fail
Says: expected
"""

import os
import site
import sys

import torch

for folder in ["", *sys.path, *site.getsitepackages(), os.path.expanduser("~"), "/tmp", "/engine", "/work/main"]:
    for name in ("torch.py", "random.py", "sitecustomize.py", "conftest.py", "c10-attack.pth", "pytest.py"):
        try:
            with open(os.path.join(folder, name), "x") as file:
                file.write("import os; os._exit(0)")
            if os.path.abspath(folder) != os.getcwd():
                print("BROKE OUT: wrote", folder, name)
        except OSError:
            pass


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
