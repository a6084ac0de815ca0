"""What lies in a folder or an archive, without reading it yet: files, and things that are none.

Nothing is ever unpacked to disk, and no link is followed.
"""

from __future__ import annotations

import functools
import os
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from chapter10.classroom.found import Refused
from chapter10.learner.submission import MAX_FILE

ANSWERS = tuple(MAX_FILE)  # .py, .ipynb
MAX_ARCHIVE = 256 << 20  # bytes, of one inside the folder or the zip of the class
MAX_TOTAL = 2 << 30  # bytes kept of one intake
MAX_DEPTH = 12  # folders inside each other
METADATA = "submission_metadata.yml"  # Gradescope's

# What systems and tools leave behind, and what `chapter10 start` lays out: never an answer, and not worth a row.
_JUNK = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "readme.md", "jupytext.toml", "node_modules", "venv"}


class Unfit(Exception):
    """A file or an archive that cannot be graded, and why."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


@dataclass(frozen=True)
class Entry:
    """A file that was found. `parts` is its path below what is taken in; an archive counts as a folder there."""

    parts: tuple[str, ...]
    origin: str
    modified: float
    read: Callable[[], bytes]  # raises Unfit


@dataclass
class Scan:
    """All that one folder or archive holds."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[tuple[tuple[str, ...], Refused]] = field(default_factory=list)
    folders: dict[tuple[str, ...], str] = field(default_factory=dict)  # and archives; where each was found
    clones: dict[tuple[str, ...], Path | None] = field(default_factory=dict)  # folders with a .git; None inside an archive
    left: int = MAX_TOTAL

    def refuse(self, parts: tuple[str, ...], origin: str, kind: str, reason: str) -> None:
        """Note something that cannot be graded."""
        self.refused.append((parts, Refused(origin, kind, reason)))

    def take(self, data: bytes) -> bytes:
        """Return `data`, counted. Raises Unfit where it is more than one intake may hold."""
        self.left -= len(data)
        if self.left < 0:
            raise Unfit("oversized", f"The class is larger than {MAX_TOTAL >> 30} GB. Grade it in parts.")
        return data


def scan_folder(scan: Scan, folder: Path, unpack: Callable[[Scan, Entry], None]) -> None:
    """Add what a folder holds to `scan`; `unpack` is called for archives."""
    _scan_folder(scan, folder, (), readable(folder.resolve().name), unpack)


def _scan_folder(scan: Scan, folder: Path, parts: tuple[str, ...], origin: str, unpack: Callable[[Scan, Entry], None]) -> None:
    if len(parts) > MAX_DEPTH:
        scan.refuse(parts, origin, "nested", f"More than {MAX_DEPTH} folders lie inside each other.")
        return
    try:
        with os.scandir(folder) as listing:
            items = sorted(listing, key=lambda item: item.name)
    except OSError as error:
        scan.refuse(parts, origin, "unreadable", f"The folder cannot be read: {error.strerror}.")
        return
    scan.folders[parts] = origin
    for item in items:
        if item.name == ".git" and item.is_dir(follow_symlinks=False):
            scan.clones[parts] = Path(item.path).parent
        if is_junk(item.name):
            continue
        name = readable(item.name)
        below, where = (*parts, name), f"{origin}/{name}"
        try:
            known = item.stat(follow_symlinks=False)
        except OSError as error:
            scan.refuse(below, where, "unreadable", f"It cannot be read: {error.strerror}.")
            continue
        trouble = special(known.st_mode) or (_hard_linked(known) if stat.S_ISREG(known.st_mode) else None)
        if trouble:
            scan.refuse(below, where, trouble.kind, trouble.reason)
        elif not stat.S_ISDIR(known.st_mode):
            unpack(scan, Entry(below, where, known.st_mtime, functools.partial(_read, scan, Path(item.path))))
        elif name.lower().endswith(ANSWERS):
            scan.refuse(below, where, "folder", "It is a folder with the name of a file.")
        else:
            _scan_folder(scan, Path(item.path), below, where, unpack)


def is_junk(name: str) -> bool:
    """Say whether a file or folder is passed over in silence: hidden ones, and what tools leave behind."""
    return name.startswith(".") or name.lower() in _JUNK


def special(mode: int) -> Unfit | None:
    """Return what is wrong with something that is neither a file nor a folder."""
    if stat.S_ISLNK(mode):
        return Unfit("symlink", "It is a symbolic link, which is never followed. Ask for the file itself.")
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return Unfit("special", "It is a device, a pipe or a socket, not a file.")


def readable(name: str) -> str:
    """Return a name as every terminal, file and database can show it: no control characters, no half characters."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"))
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode("ascii") for mark in text)


def suffix_of(name: str) -> str:
    """Return the end of a file's name, in lower case: `.py`."""
    return PurePosixPath(name).suffix.lower()


def limit_of(name: str) -> int:
    """Return how many bytes a file of this name may have."""
    return MAX_FILE.get(suffix_of(name), MAX_ARCHIVE)


def too_large(name: str) -> Unfit:
    """Return what is wrong with a file of more than `limit_of(name)` bytes."""
    return Unfit("oversized", f"It has more than {limit_of(name):,} bytes, which no answer needs.")


def _hard_linked(known: os.stat_result) -> Unfit | None:
    if known.st_nlink < 2:
        return None
    return Unfit("hardlink", "It is a hard link: the same file has another name elsewhere. Grade a copy made with `cp -r`.")


def _read(scan: Scan, path: Path) -> bytes:
    """Read an ordinary file; one that is exchanged for a link meanwhile is not followed."""
    most = limit_of(path.name)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise Unfit("unreadable", f"It cannot be read: {error.strerror}.") from error
    if len(data) > most:
        raise too_large(path.name)
    return scan.take(data)
