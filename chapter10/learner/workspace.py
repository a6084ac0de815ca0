"""A learner's folder: the stubs to fill in, and beside them, in `.chapter10/`, how far they are."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chapter10.course import Course, Exercise
from chapter10.errors import WorkspaceError

MARKER = ".chapter10"
MAX_SOURCE = 1 << 20  # bytes; the longest honest answer has a few thousand


@dataclass(frozen=True)
class Workspace:
    """A folder made by `chapter10 start`."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Workspace | None:
        """Return the workspace that `start` (the current folder) lies in, None where there is none."""
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / MARKER).is_dir():
                return cls(folder)
        return None

    @classmethod
    def require(cls) -> Workspace:
        """Return the workspace around the current folder. Raises WorkspaceError where there is none."""
        found = cls.find()
        if found is None:
            raise WorkspaceError(
                "This folder is not in a workspace.",
                "`chapter10 start` makes one here. To grade a file anywhere: `chapter10 check EXERCISE --file PATH`.",
            )
        return found

    @classmethod
    def create(cls, root: Path, course: Course) -> tuple[Workspace, list[str], list[str]]:
        """Lay out the stubs in `root`; return (workspace, files written, files kept). A file that is there is never touched."""
        if root.exists() and not root.is_dir():
            raise WorkspaceError(f"{root} is a file, not a folder.", "Name another folder: `chapter10 start DIR`.")
        written, kept = [], []
        try:
            (root / MARKER).mkdir(parents=True, exist_ok=True)
            for exercise in course.exercises:
                target = root / exercise.filename
                if target.exists() or target.is_symlink():
                    kept.append(exercise.filename)
                    continue
                shutil.copyfile(exercise.stub, target)
                written.append(exercise.filename)
        except OSError as error:
            raise WorkspaceError(
                f"The workspace cannot be made in {root}: {error.strerror}.", "Name another folder."
            ) from error
        return cls(root), written, kept

    def file(self, exercise: Exercise) -> Path:
        """Return where the learner's answer to `exercise` is."""
        return self.root / exercise.filename

    def progress(self) -> dict[str, Any]:
        """Return what is known of each exercise: {"attention": {"points": 12, "max_points": 20, "passed": false, "hints": 2}}."""
        try:
            document = json.loads((self.root / MARKER / "progress.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        entries = document.get("exercises") if isinstance(document, dict) else None
        return {name: entry for name, entry in entries.items() if isinstance(entry, dict)} if isinstance(entries, dict) else {}

    def update(self, exercise: Exercise, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Change the entry of one exercise, and return it. Whole or not at all, and one command after the other."""
        folder = self.root / MARKER
        try:
            with _locked(folder / "lock"):
                entries = self.progress()
                entry = entries.setdefault(exercise.id, {})
                change(entry)
                descriptor, name = tempfile.mkstemp(dir=folder, prefix="progress-", suffix=".part")
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump({"version": 1, "exercises": entries}, file, indent=1)
                os.replace(name, folder / "progress.json")
        except OSError as error:
            raise WorkspaceError(f"Your progress cannot be saved in {folder}: {error.strerror}.") from error
        return entry


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


def read_source(path: Path) -> str:
    """Return the text of a learner's file. Raises WorkspaceError, saying what is wrong with it, when it is not one."""
    if path.is_dir():
        raise WorkspaceError(f"{path} is a folder, not a Python file.", "Name the file: `--file PATH`.")
    try:
        size = path.stat().st_size
        if size > MAX_SOURCE:
            raise WorkspaceError(f"{path} has {size:,} bytes; an answer has at most {MAX_SOURCE:,}.", "Is it the right file?")
        with tokenize.open(path) as file:
            text = file.read()
    except FileNotFoundError:
        raise WorkspaceError(
            f"There is no file {path}.", "`chapter10 start` puts missing exercises back and touches nothing that is there."
        ) from None
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise WorkspaceError(f"{path} is not text in UTF-8 ({error}).", "Save it as UTF-8. Is it the right file?") from error
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from error
    if "\0" in text:
        raise WorkspaceError(f"{path} is a binary file, not Python source.", "Is it the right file?")
    return text
