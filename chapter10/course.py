"""course.yaml → Course and Exercise. The engine knows the exercises only through this file."""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from chapter10.errors import Chapter10Error, UnknownExercise

PACKAGE = Path(__file__).resolve().parent
LAYERS = ("required", "optional", "advanced", "challenge")


def folder(name: str) -> Path:
    """Return one of the course's folders: inside the package when installed, beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


@dataclass(frozen=True)
class Exercise:
    """One row of course.yaml, and where its files are."""

    id: str
    title: str
    layer: str
    section: str
    minutes: int
    summary: str
    hints: tuple[str, ...]
    forbidden: tuple[str, ...] = ()
    forbidden_operators: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        """The name of the learner's file."""
        return f"{self.id}.py"

    @property
    def stub(self) -> Path:
        """The file with the TODOs."""
        return folder("exercises") / self.filename

    @property
    def suite(self) -> Path:
        """The grader's pytest file."""
        return folder("graders") / f"test_{self.id}.py"

    @property
    def solution(self) -> Path:
        """The reference; it may not be installed."""
        return folder("solutions") / self.filename

    @property
    def recording(self) -> Path:
        """Recorded inputs, reference outputs and misconceptions, for use without solutions."""
        return folder("fixtures") / "recordings" / f"{self.id}.c10"

    def bank(self, kind: str) -> list[Path]:
        """Return the answer files of `kind` ("misconceptions" or "variants"), by name."""
        return sorted((folder("solutions") / kind / self.id).glob("*.py"))

    @cached_property
    def parameters(self) -> dict[str, list[str]]:
        """The parameter names of every function, class and method in the stub, read from its syntax tree alone."""
        found: dict[str, list[str]] = {}
        for node in ast.parse(self.stub.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = _names(node, 0)
            elif isinstance(node, ast.ClassDef):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef):
                        label = node.name if method.name == "__init__" else f"{node.name}.{method.name}"
                        found[label] = _names(method, 1)
        return found


def _names(function: ast.FunctionDef, skip: int) -> list[str]:
    return [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]][skip:]


@dataclass(frozen=True)
class Course:
    """The exercises in the order in which they are best done."""

    title: str
    exercises: tuple[Exercise, ...]
    classroom: Any = field(default_factory=dict)  # due dates, late policy, weights: as written, for gradebook/policy.py to read

    def __getitem__(self, name: str) -> Exercise:
        """Return the exercise called `name`; `-` and `_` are the same. Raises UnknownExercise, naming the nearest."""
        wanted = name.strip().lower().replace("-", "_").removesuffix(".py")
        by_id = {exercise.id: exercise for exercise in self.exercises}
        if wanted in by_id:
            return by_id[wanted]
        close = difflib.get_close_matches(wanted, by_id, n=1, cutoff=0.5)
        close = close or [identity for identity in by_id if wanted and (wanted in identity or identity in wanted)][:1]
        hint = f"Did you mean `{close[0]}`? " if close else ""
        raise UnknownExercise(f"There is no exercise called `{name}`.", f"{hint}`chapter10 list` shows them all.")


def load_course(path: Path | None = None) -> Course:
    """Read course.yaml; a file with a `classroom` entry alone is laid over the built-in course.

    Raises:
        Chapter10Error: it is missing or malformed; the message names the entry.
    """
    own = path is not None
    path = path or folder("exercises") / "course.yaml"
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        hint = "Is the path right?" if own else "Reinstall chapter10."
        raise Chapter10Error(f"The course file {path} cannot be read: {error.strerror}.", hint) from error
    except (yaml.YAMLError, ValueError) as error:  # a ValueError for a date such as 30 February
        raise Chapter10Error(f"The course file {path} is not valid YAML: {error}") from error
    entries = document.get("exercises") if isinstance(document, dict) else None
    classroom = (document.get("classroom") or {}) if isinstance(document, dict) else {}
    if own and entries is None and classroom:
        return replace(load_course(), classroom=classroom)
    if not isinstance(entries, dict):
        raise Chapter10Error(f"The course file {path} has no `exercises`.")
    exercises = tuple(_exercise(name, entry) for name, entry in entries.items())
    return Course(str(document.get("title", "chapter10")), exercises, classroom)


def _exercise(name: str, entry: Any) -> Exercise:
    try:
        exercise = Exercise(
            id=name,
            title=entry["title"],
            layer=entry["layer"],
            section=entry["section"],
            minutes=int(entry["minutes"]),
            summary=entry["summary"],
            hints=tuple(entry["hints"]),
            forbidden=tuple(entry.get("forbidden") or ()),
            forbidden_operators=tuple(entry.get("forbidden_operators") or ()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Chapter10Error(f"course.yaml: the entry `{name}` is incomplete: {error!r}.") from error
    if exercise.layer not in LAYERS:
        raise Chapter10Error(f"course.yaml: `{name}` has the layer `{exercise.layer}`; known are {', '.join(LAYERS)}.")
    return exercise
