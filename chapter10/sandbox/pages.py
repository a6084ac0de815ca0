"""Huge pages for the warm process: page tables are copied at a fork and torn down at the end by the 2 MiB, not by the 4 KiB."""

from __future__ import annotations

import contextlib
import ctypes
import sys

HUGE = 2 << 20  # bytes
_MADV_COLLAPSE = 25  # Linux 6.1; elsewhere it is refused, and nothing changes


def collapse() -> None:
    """Gather this process's private memory in huge pages, as far as the system is willing."""
    if not sys.platform.startswith("linux"):
        return
    madvise = ctypes.CDLL(None, use_errno=True).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    with contextlib.suppress(OSError), open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        for line in file.read().splitlines():
            span, permissions, _, _, inode, *name = line.split(maxsplit=5)
            if permissions != "rw-p" or inode != "0" or name not in ([], ["[heap]"]):
                continue
            start, end = (int(bound, 16) for bound in span.split("-"))
            for address in range(-(-start // HUGE) * HUGE, end // HUGE * HUGE, HUGE):
                madvise(address, HUGE, _MADV_COLLAPSE)  # by pieces: one that cannot be had must not spoil the others
