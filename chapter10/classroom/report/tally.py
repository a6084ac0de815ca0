"""What a class has in common: counted while the verdicts go by once, so that 48,000 of them need not fit into memory."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chapter10.classroom.gradebook.view import Cell

Document = dict[str, Any]
BINS = 10  # of a distribution
_FIRST_SENTENCE = re.compile(r"(?<=[.?!]) ")


@dataclass
class TestCount:
    """How one test went."""

    name: str
    title: str
    position: int
    passed: int = 0
    failed: int = 0
    waiting: int = 0

    @property
    def reached(self) -> int:
        """How many submissions the test was put to."""
        return self.passed + self.failed

    @property
    def share(self) -> float:
        """The share of those that failed it."""
        return self.failed / self.reached if self.reached else 0.0


@dataclass
class Misconception:
    """A mistake with a name, and who makes it."""

    exercise: str
    name: str
    sentence: str
    advice: str
    counterexample: dict[str, Any] | None
    holders: list[str] = field(default_factory=list)  # keys of students


@dataclass
class FlagSeen:
    """Something for the instructor's eye, and whose it is."""

    student: str
    exercise: str
    kind: str
    line: int
    detail: str


@dataclass
class ExerciseTally:
    """One exercise over the class."""

    exercise: str
    shares: list[float] = field(default_factory=list)  # of the points that count, for each who has a verdict or an override
    statuses: Counter[str] = field(default_factory=Counter)
    tests: dict[str, TestCount] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "")  # seconds, key of the student
    seconds: list[float] = field(default_factory=list)

    @property
    def graded(self) -> int:
        """How many have points."""
        return len(self.shares)

    @property
    def handed_in(self) -> int:
        """How many have handed in something that could be taken in."""
        return sum(number for status, number in self.statuses.items() if status != "missing")

    @property
    def mean(self) -> float:
        """The mean share of the points."""
        return statistics.fmean(self.shares) if self.shares else 0.0

    @property
    def median(self) -> float:
        """The median share of the points."""
        return statistics.median(self.shares) if self.shares else 0.0

    @property
    def median_seconds(self) -> float:
        """How long a grading took, in the median."""
        return statistics.median(self.seconds) if self.seconds else 0.0

    @property
    def bins(self) -> list[int]:
        """How many lie in each tenth of the points; full marks are in the last."""
        found = [0] * BINS
        for share in self.shares:
            found[min(max(int(share * BINS), 0), BINS - 1)] += 1
        return found

    @property
    def hardest(self) -> list[TestCount]:
        """The tests that somebody failed, the hardest first."""
        return sorted((test for test in self.tests.values() if test.failed), key=lambda test: (-test.share, test.position))


class Tally:
    """Counts over all students and exercises."""

    def __init__(self, exercises: list[str]) -> None:
        self.exercises = {exercise: ExerciseTally(exercise) for exercise in exercises}
        self.flags: list[FlagSeen] = []
        self.engines: Counter[str] = Counter()
        self.isolations: Counter[str] = Counter()
        self._misconceptions: dict[tuple[str, str], Misconception] = {}

    def add(self, cell: Cell, document: Document | None) -> None:
        """Count one student's standing in one exercise, with its verdict where there is one."""
        tally = self.exercises[cell.exercise]
        tally.statuses[cell.status] += 1
        if cell.verdict or cell.override:
            tally.shares.append(cell.points / cell.max_points if cell.max_points else 0.0)
        if cell.verdict is None or document is None:
            return
        key = cell.student.key
        tally.seconds.append(cell.verdict.duration)
        tally.slowest = max(tally.slowest, (cell.verdict.duration, key))
        self.engines[cell.verdict.engine] += 1
        self.isolations[cell.verdict.isolation] += 1
        for test in document["tests"]:
            self._count(tally, test)
            self._note_misconception(cell, test)
        for flag in document["flags"]:
            self.flags.append(FlagSeen(key, cell.exercise, flag["kind"], flag["line"], flag["detail"]))

    @property
    def misconceptions(self) -> list[Misconception]:
        """The mistakes with a name, the most common first."""
        return sorted(self._misconceptions.values(), key=lambda found: (-len(found.holders), found.exercise, found.name))

    def _count(self, tally: ExerciseTally, test: Document) -> None:
        name = test["name"]
        count = tally.tests.setdefault(name, TestCount(name, test["title"], len(tally.tests)))
        if test["status"] == "pass":
            count.passed += 1
        elif test["status"] == "skip":
            count.waiting += 1
        else:
            count.failed += 1

    def _note_misconception(self, cell: Cell, test: Document) -> None:
        name = test["misconception"]
        if name is None:
            return
        found = self._misconceptions.get((cell.exercise, name))
        if found is None:
            sentence = first_sentence(test["message"])
            found = Misconception(cell.exercise, name, sentence, test["help"], test["counterexample"])
            self._misconceptions[cell.exercise, name] = found
        if cell.student.key not in found.holders[-1:]:  # a student's tests come one after the other
            found.holders.append(cell.student.key)
        found.counterexample = found.counterexample or test["counterexample"]


def first_sentence(message: str) -> str:
    """Return the sentence that names a misconception: the grader puts it first, and what was seen after it."""
    return _FIRST_SENTENCE.split(message, maxsplit=1)[0]
