"""What one submission may use, in space and in time. Imports nothing: the command line reads it before torch is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What the walls enforce, around each submission. All are hard limits."""

    memory: int = 2 << 30  # bytes beyond what the warm process holds
    cpu: int = 300  # seconds for the whole submission, its trainings included
    files: int = 64  # open descriptors
    file_size: int = 16 << 20  # bytes of one file
    folder: int = 64 << 20  # bytes of all files together
    entries: int = 4096  # files and folders
    threads: int = 128  # of the one process that there is
    output: int = 20_000  # characters of prints that are kept, half from each end

    def as_dict(self) -> dict[str, int]:
        """Return the limits as plain numbers, for the control message."""
        return dict(vars(self))


@dataclass(frozen=True)
class Deadlines:
    """Seconds by the grader's clock. A training keeps its own time."""

    load: float = 20.0  # to import the file
    call: float = 10.0  # at most, for one request; its CPU time is bounded with it, since torch has one thread there
    total: float = 120.0  # for all requests of one submission together, so that a file that hangs everywhere costs no more
