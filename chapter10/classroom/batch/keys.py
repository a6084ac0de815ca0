"""What a verdict depends on, as hashes: two gradings with the same keys need not both be done.

Nothing here imports torch: whether anything is to be graded at all is known before it is loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

from chapter10 import __version__
from chapter10.course import PACKAGE, Exercise, folder


def suite_key(exercise: Exercise, training: bool) -> str:
    """Return the hash of all that the verdicts of one exercise depend on.

    That is its grader suite, its stub, its solution, its recording (with the misconceptions in it) and its entry in the
    course; and whether the tests that train a model are among those that run.
    """
    files = (exercise.suite, exercise.stub, exercise.solution, exercise.recording)
    return _digest(files, repr(sorted(asdict(exercise).items())), f"training={training}")


@cache
def engine_key() -> str:
    """Return what names the grader: the versions of chapter10 and torch, and a hash of the sources that judge."""
    sources = [path for name in ("grading", "sandbox") for path in sorted((PACKAGE / name).glob("*.py"))]
    sources += [
        PACKAGE / "learner" / "answers.py",
        PACKAGE / "learner" / "notebook.py",
        folder("fixtures") / "calibration.json",
    ]
    return f"chapter10 {__version__}, torch {version('torch')}, {_digest(sources)[:12]}"


def _digest(files: Iterable[Path], *words: str) -> str:
    whole = hashlib.sha256()
    for path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"
        whole.update(f"{path.name} {content}\n".encode())
    for word in words:
        whole.update(f"{word}\n".encode())
    return whole.hexdigest()
