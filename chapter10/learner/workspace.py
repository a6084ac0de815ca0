"""A learner's folder: the answers they write, and beside them, in `.chapter10/`, how far they are."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chapter10.course import Exercise
from chapter10.errors import WorkspaceError
from chapter10.learner.records import Record

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

    @property
    def stubs(self) -> Record:
        """What `start` laid out, by filename: the hash of the file as written (`text`) and of the course's stub (`stub`)."""
        return Record(self.root / MARKER / "stubs.json", "files")

    def files(self, exercise: Exercise) -> list[Path]:
        """Return the learner's files for `exercise` that are there: a script, a notebook, both or none."""
        return [path for path in (self.root / exercise.filename, self.root / f"{exercise.id}.ipynb") if path.exists()]

    def file(self, exercise: Exercise) -> Path:
        """Return where the learner's answer is: of a script and a notebook the one worked on, the latest where both were."""
        there = self.files(exercise)
        if len(there) < 2:
            return there[0] if there else self.root / exercise.filename
        touched = [path for path in there if self.touched(path)]
        return max(touched, key=lambda path: path.stat().st_mtime) if touched else there[0]

    def touched(self, path: Path) -> bool:
        """Say whether a file is no longer as `start` wrote it; what cannot be read has been touched."""
        written = self.stubs.read().get(path.name, {}).get("text")
        try:
            return written != fingerprint(read_text(path))
        except WorkspaceError:
            return True

    def progress(self) -> dict[str, Any]:
        """Return what is known of each exercise: {"attention": {"points": 12, "passed": false, "hints": 2, …}}."""
        return self._progress.read()

    def update(self, exercise: Exercise, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Change the entry of one exercise, and return it. Whole or not at all, and one command after the other."""
        return self._progress.update(exercise.id, change)

    @property
    def _progress(self) -> Record:
        return Record(self.root / MARKER / "progress.json", "exercises")

    def back_up(self, path: Path) -> Path:
        """Keep a copy of a learner's file, and return where it is. Raises WorkspaceError."""
        folder = self.root / MARKER / "backups"
        stamp = time.strftime("%Y%m%d-%H%M%S")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(1, 1000):
                target = folder / f"{path.stem}-{stamp}{f'-{number}' if number > 1 else ''}{path.suffix}"
                try:
                    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
                except FileExistsError:
                    continue
                shutil.copy2(path, target)
                return target
        except OSError as error:
            raise WorkspaceError(f"No backup of {path.name} can be made in {folder}: {error.strerror}.") from error
        raise WorkspaceError(f"There are too many backups of {path.name} in {folder}.", "Remove some of them.")


def fingerprint(text: str) -> str:
    """Return a hash of a file's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_text(path: Path) -> str:
    """Return the source in a learner's file, be it a script or a notebook. Raises WorkspaceError."""
    if path.suffix == ".ipynb":
        from chapter10.learner.notebook import read_notebook

        return read_notebook(path).text
    return read_source(path)


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
