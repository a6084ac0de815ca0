"""What an intake finds: files to grade, and things that cannot be graded, each with its reason."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Person:
    """A student as the roster or the submission names them; `key` identifies them in the gradebook."""

    key: str
    name: str = ""
    email: str = ""
    section: str = ""
    ids: dict[str, Any] = field(default_factory=dict, hash=False)  # of other systems: canvas_id, sis_id, login, moodle_id


@dataclass(frozen=True)
class Found:
    """A file that can be graded: its bytes as they came in; a notebook's are those of the notebook."""

    person: Person
    exercise: str
    filename: str
    origin: str  # where it was found: class.zip!ada/attention.py
    data: bytes
    submitted_at: datetime | None = None  # aware
    late: bool = False  # what the learning platform says

    @property
    def sha256(self) -> str:
        """The hash of the bytes, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Refused:
    """Something that cannot be graded. `kind` is one word for programs, `reason` a sentence for the instructor."""

    origin: str
    kind: str
    reason: str
    person: Person | None = None
    exercise: str | None = None


@dataclass
class Intake:
    """All that one folder or archive held."""

    format: str  # folders, flat, canvas, moodle, gradescope, github, submissions
    found: list[Found] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)  # everybody of the roster, also who handed in nothing
