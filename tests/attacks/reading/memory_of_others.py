"""Reads the memory of every other process, the grader among them.

Expect: fail
Says: expected
"""

import ctypes
import os

import torch

libc = ctypes.CDLL(None, use_errno=True)


class Range(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


buffer = ctypes.create_string_buffer(64)
own = {os.getpid(), int(os.readlink("/proc/self"))}  # /proc may number it as an outer namespace does
for process in [1, os.getppid(), *range(2, 400)]:
    if process in own:
        continue
    for name in ("mem", "maps", "environ", "fd", "root", "cwd"):
        try:
            os.listdir(f"/proc/{process}/{name}") if name in ("fd", "root", "cwd") else open(
                f"/proc/{process}/{name}", "rb"
            ).read(1)
            print("BROKE OUT: /proc", process, name)
        except OSError:
            pass
    local, remote = Range(ctypes.addressof(buffer), 64), Range(id(buffer), 64)
    if libc.process_vm_readv(process, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) > 0:
        print("BROKE OUT: process_vm_readv", process)


def attention(query, key, value, mask=None):
    return torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
