"""What one student reads: their own work and nobody else's, in the words of the grader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chapter10.classroom.gradebook.models import Refusal
from chapter10.classroom.gradebook.view import Cell
from chapter10.classroom.report.matrices import Example, lay_out
from chapter10.classroom.report.tally import first_sentence
from chapter10.course import Exercise

Document = dict[str, Any]


@dataclass
class Failure:
    """A test that failed, and what it saw."""

    title: str
    points: float
    max_points: float
    message: str


@dataclass
class Finding:
    """What is wrong, what to do next, and the smallest input that shows it: one mistake, however many tests it fails."""

    sentence: str  # that names the mistake; empty where it has no name
    help: str
    example: Example | None
    failures: list[Failure]


@dataclass
class Feedback:
    """One exercise of one student."""

    exercise: Exercise
    cell: Cell
    error: str = ""
    findings: list[Finding] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)  # titles
    waiting: list[str] = field(default_factory=list)
    printed: str = ""
    refused: list[str] = field(default_factory=list)  # what could not be graded, by kind

    @property
    def deducted(self) -> float:
        """The points that lateness takes."""
        return self.cell.earned - self.cell.points if self.cell.days_late and not self.cell.override else 0.0


def feedback(
    exercise: Exercise, cell: Cell, document: Document | None, refusals: Iterable[Refusal], anonymous: bool = False
) -> Feedback:
    """Return what a student reads about one exercise.

    The reasons of refusals are written for the instructor and may name others, so only their kind is told. In an anonymous
    report, what the learner's code printed is left out.
    """
    told = Feedback(exercise, cell, refused=sorted({refusal.kind for refusal in refusals}))
    if document is None:
        return told

    told.error = document["error"] or ""
    told.printed = "" if anonymous else document["output"]
    told.passed = [test["title"] for test in document["tests"] if test["status"] == "pass"]
    told.waiting = [test["title"] for test in document["tests"] if test["status"] == "skip"]
    told.findings = _findings([test for test in document["tests"] if test["status"] in ("fail", "error")])
    return told


def _findings(failed: list[Document]) -> list[Finding]:
    """Put tests that fail for the same named mistake together; a counterexample that was just shown is not shown again."""
    found: list[Finding] = []
    named: dict[str, Finding] = {}
    shown = None
    for test in failed:
        name, message = test["misconception"], test["message"]
        sentence = first_sentence(message) if name else ""
        failure = Failure(test["title"], test["points"], test["max_points"], message.removeprefix(sentence).strip())
        if name in named:
            named[name].failures.append(failure)
            continue
        example = None if test["counterexample"] == shown else lay_out(test["counterexample"])
        shown = test["counterexample"] or shown
        found.append(Finding(sentence, test["help"], example, [failure]))
        if name:
            named[name] = found[-1]
    return found
