"""A control group (cgroup v2) around the children, where the system has delegated one to this user: a second lid on memory.

Resource limits count what a process asks for, and the zygote's watch looks ten times a second. A group's `memory.max` counts
what all of them really use, shared memory and files in /tmp included, and the kernel ends the largest at once. systemd
delegates a group on request: `systemd-run --user --scope -p Delegate=yes chapter10 grade …`.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
WHO = Path("/proc/self/cgroup")
END_SECONDS = 2.0  # for a group's processes to go away, before it can be removed


class NotDelegated(Exception):
    """There is no control group to be had; the text says why."""


class Group:
    """One group for the processes of one engine. Memory that they had before they joined is not counted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def make(cls, memory: int, processes: int) -> Group:
        """Make a group with room for `memory` bytes and so many processes and threads. Raises NotDelegated."""
        own = _own_folder()
        available = _read(own / "cgroup.controllers").split()
        if "memory" not in available:
            raise NotDelegated("no cgroup v2 with a memory controller is delegated to this user")
        group = cls(own / f"chapter10-{os.getpid()}-{time.monotonic_ns()}")
        try:
            if "memory" not in _read(own / "cgroup.subtree_control").split():
                _hand_on(own)
            group.path.mkdir()
            group._write("memory.max", memory)
            with contextlib.suppress(OSError):  # neither is there everywhere
                group._write("memory.swap.max", 0)
            with contextlib.suppress(OSError):
                group._write("pids.max", processes)
        except OSError as error:
            group.close()
            raise NotDelegated(f"the cgroup {own} cannot be divided: {error.strerror}") from error
        return group

    def add(self, process: int) -> None:
        """Move a process into the group, and with it all that it starts from now on. Raises OSError."""
        self._write("cgroup.procs", process)

    def close(self) -> None:
        """End whatever is still in the group, and remove it."""
        with contextlib.suppress(OSError):
            self._write("cgroup.kill", 1)
        deadline = time.monotonic() + END_SECONDS
        while self.path.is_dir() and time.monotonic() < deadline:
            try:
                self.path.rmdir()
            except OSError:
                time.sleep(0.01)

    def _write(self, name: str, value: int) -> None:
        (self.path / name).write_text(str(value))


def _own_folder() -> Path:
    """Return the folder of the group that this process is in. Raises NotDelegated."""
    for line in _read(WHO).splitlines():
        if line.startswith("0::/"):
            folder = ROOT / line[4:].strip()
            if os.access(folder / "cgroup.procs", os.W_OK):
                return folder
    raise NotDelegated("no cgroup v2 is delegated to this user")


def _hand_on(own: Path) -> None:
    """Let groups below `own` limit memory. One that does so may hold no process itself, so this process moves down.

    Raises OSError.
    """
    leaf = own / f"chapter10-{os.getpid()}"
    leaf.mkdir(exist_ok=True)
    (leaf / "cgroup.procs").write_text(str(os.getpid()))
    (own / "cgroup.subtree_control").write_text("+memory +pids")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
