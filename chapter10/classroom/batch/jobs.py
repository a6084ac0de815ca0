"""What the classroom and its workers say to each other. Both ends are ours: no learner's code runs in either."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chapter10.course import Exercise
from chapter10.sandbox.limits import Deadlines, Limits


@dataclass(frozen=True)
class Settings:
    """How all submissions of one run are graded."""

    exercises: tuple[Exercise, ...]
    engine: str  # `keys.engine_key()` of the classroom; a worker with another one does not take part
    seed: int  # one for all workers: the whole class meets the same inputs
    isolation: str = "full"
    training: bool = True
    limits: Limits = field(default_factory=Limits)
    deadlines: Deadlines = field(default_factory=Deadlines)


@dataclass(frozen=True)
class Job:
    """One submission to grade."""

    id: int  # in the gradebook
    exercise: str
    suffix: str  # .py or .ipynb
    data: bytes
    lost: str = ""  # why it cannot be graded after all; then the worker makes the verdict that says so


@dataclass(frozen=True)
class Graded:
    """The verdict on a job."""

    id: int
    document: dict[str, Any]  # Verdict.as_dict()
    max_points: float  # of the suite, also where the file never came to its tests


@dataclass(frozen=True)
class Ready:
    """A worker's first words when it can grade."""

    isolation: str


@dataclass(frozen=True)
class Unfit:
    """A worker's only words when it cannot."""

    message: str
    hint: str
