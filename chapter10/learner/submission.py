"""The zip that a learner hands in: their exercise files as they are, and a manifest. `docs/submission.md` has the format."""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chapter10 import __version__
from chapter10.course import Course, Exercise
from chapter10.errors import WorkspaceError
from chapter10.files import write_whole, zipped
from chapter10.learner.workspace import MAX_SOURCE, Workspace

VERSION = 1
MANIFEST = "manifest.json"
MAX_FILE = {".py": MAX_SOURCE, ".ipynb": 64 << 20}  # bytes


@dataclass(frozen=True)
class Entry:
    """One file of a submission, as it was when it was read."""

    exercise: Exercise
    name: str
    data: bytes
    touched: bool

    def as_dict(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        return {"exercise": self.exercise.id, "sha256": hashlib.sha256(self.data).hexdigest(), "size": len(self.data)}


def gather(workspace: Workspace, course: Course) -> list[Entry]:
    """Read the exercise files of a workspace, for each exercise the one that `check` would take.

    Raises:
        WorkspaceError: a file is a symbolic link, no ordinary file, or too large; or there is none at all.
    """
    entries = []
    for exercise in course.exercises:
        for name in (exercise.filename, f"{exercise.id}.ipynb"):
            if (workspace.root / name).is_symlink():
                raise WorkspaceError(
                    f"{name} is a symbolic link, and a submission holds ordinary files alone.",
                    f'Put a copy in its place: cp --remove-destination "$(readlink -f {name})" {name}',
                )
        path = workspace.file(exercise)
        if path.exists():
            entries.append(Entry(exercise, path.name, _read(path), workspace.touched(path)))
    if not entries:
        raise WorkspaceError(f"There is no exercise in {workspace.root}.", "`chapter10 start` lays them out.")
    return entries


def _read(path: Path) -> bytes:
    """Read an ordinary file; one that is exchanged for a link meanwhile is refused as well."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            most = MAX_FILE[path.suffix]
            data = file.read(most + 1)
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > most:
        raise WorkspaceError(f"{path.name} is larger than {most:,} bytes.", "Is it the right file? Clear a notebook's outputs.")
    return data


def manifest(entries: list[Entry], name: str | None) -> dict[str, Any]:
    """Return the manifest of a submission."""
    return {
        "version": VERSION,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "chapter10": __version__,
        "name": name,
        "files": {entry.name: entry.as_dict() for entry in entries},
        "exercises": [entry.exercise.id for entry in entries],
    }


def write(target: Path, entries: list[Entry], document: dict[str, Any]) -> int:
    """Write the zip, whole or not at all, and return its size. A file that is there is replaced only when it is a zip.

    Raises:
        WorkspaceError: it cannot be written, or something else than a zip is in its place.
    """
    if target.is_symlink() or (target.exists() and not zipfile.is_zipfile(target)):
        raise WorkspaceError(f"{target} is there, and is no zip.", "Name another file: `chapter10 submit -o FILE`.")
    contents = {MANIFEST: json.dumps(document, indent=1).encode() + b"\n"} | {entry.name: entry.data for entry in entries}
    try:
        write_whole(target, zipped({name: (data, 0o644) for name, data in contents.items()}))
        return target.stat().st_size
    except OSError as error:
        raise WorkspaceError(
            f"{target} cannot be written: {error.strerror}.", "Name another file: `chapter10 submit -o FILE`."
        ) from error
