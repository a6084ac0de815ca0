"""Small JSON files in `.chapter10/` that survive kills, damage and two commands at once."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chapter10.errors import WorkspaceError

Entry = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """A file that holds one entry for each name, under `key`: {"version": 1, key: {name: entry}}."""

    path: Path
    key: str

    def read(self) -> dict[str, Entry]:
        """Return the entries by name; a file that is missing or damaged has none."""
        return self._parsed() or {}

    def update(self, name: str, change: Callable[[Entry], None]) -> Entry:
        """Change one entry and return it: whole or not at all, and one command after the other.

        Raises:
            WorkspaceError: the folder cannot be written.
        """
        try:
            with _locked(self.path.with_suffix(".lock")):
                entries = self._parsed()
                if entries is None:
                    if self.path.exists():  # somebody's only copy, even if it cannot be read
                        os.replace(self.path, self.path.with_suffix(".damaged"))
                    entries = {}
                entry = entries.setdefault(name, {})
                change(entry)
                self._write(entries)
        except OSError as error:
            raise WorkspaceError(
                f"{self.path} cannot be saved: {error.strerror}.", "Is the folder writable, and the disk not full?"
            ) from error
        return entry

    def _parsed(self) -> dict[str, Entry] | None:
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        entries = document.get(self.key) if isinstance(document, dict) else None
        if not isinstance(entries, dict):
            return None
        return {name: entry for name, entry in entries.items() if isinstance(entry, dict)}

    def _write(self, entries: dict[str, Entry]) -> None:
        stem = f"{self.path.stem}-"
        for left in self.path.parent.glob(f"{stem}*.part"):  # of a command that was killed: the lock is ours now
            with contextlib.suppress(OSError):
                left.unlink()
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=stem, suffix=".part")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"version": 1, self.key: entries}, file, indent=1)
        os.replace(name, self.path)


class _locked:
    """Holds an advisory lock on a file, where the system has such locks."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        try:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX)
        except ImportError:  # Windows: the replacement of the file is atomic there too
            pass

    def __exit__(self, *_: Any) -> None:
        self._file.close()
