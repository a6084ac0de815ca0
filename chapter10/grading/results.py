"""The verdict: what one grading found, as data. `Verdict.as_dict` is the versioned document that `--json` prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1


@dataclass
class TestResult:
    """One test of a suite: `message` is what is wrong, `help` the next step."""

    name: str
    title: str
    status: str  # pass, fail, error, skip
    points: float
    max_points: float
    message: str = ""
    help: str = ""
    misconception: str | None = None
    counterexample: dict[str, Any] | None = None
    duration: float = 0.0


@dataclass
class Flag:
    """Something for the instructor's eye; it takes no points by itself."""

    kind: str
    line: int
    detail: str


@dataclass
class Verdict:
    """All that one grading of one file found."""

    exercise: str
    tests: list[TestResult] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    environment: dict[str, Any] = field(default_factory=dict)
    error: str = ""  # why the file could not be graded at all
    output: str = ""
    duration: float = 0.0

    @property
    def points(self) -> float:
        """Points earned."""
        return sum(test.points for test in self.tests)

    @property
    def max_points(self) -> float:
        """Points there are."""
        return sum(test.max_points for test in self.tests)

    @property
    def status(self) -> str:
        """`pass` when every test passed, `error` when the grading itself failed, `fail` otherwise."""
        if self.error or any(test.status == "error" for test in self.tests):
            return "error"
        return "pass" if self.tests and all(test.status == "pass" for test in self.tests) else "fail"

    @property
    def misconceptions(self) -> list[str]:
        """The misconceptions named, each once, in the order of the tests."""
        return list(dict.fromkeys(test.misconception for test in self.tests if test.misconception))

    def as_dict(self) -> dict[str, Any]:
        """Return the document of the JSON Schema `chapter10/schemas/verdict.json`."""
        return {
            "version": VERSION,
            "exercise": self.exercise,
            "status": self.status,
            "points": self.points,
            "max_points": self.max_points,
            "error": self.error or None,
            "tests": [_rounded(asdict(test)) for test in self.tests],
            "flags": [asdict(flag) for flag in self.flags],
            "output": self.output,
            "duration": round(self.duration, 6),
            "environment": self.environment,
        }


def _rounded(test: dict[str, Any]) -> dict[str, Any]:
    return test | {"duration": round(test["duration"], 6)}
