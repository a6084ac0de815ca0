"""Proving a suite: the stub scores nothing, the reference everything, each misconception is rejected and named, each
variant accepted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chapter10.course import Exercise
from chapter10.grading.session import Grader


@dataclass
class Audit:
    """What the audit of one exercise found. The lists name what is not as it should be."""

    exercise: str
    points: float = 0.0
    stub_points: float = 0.0
    reference: bool = False
    misconceptions: int = 0
    accepted_wrongly: list[str] = field(default_factory=list)
    not_named: list[str] = field(default_factory=list)
    variants: int = 0
    rejected_wrongly: list[str] = field(default_factory=list)
    flips: list[str] = field(default_factory=list)
    seconds: float = 0.0

    NAMED = 0.9  # share of misconceptions that must be named; two mistakes may give the same numbers

    @property
    def proven(self) -> bool:
        """True when the suite holds."""
        named = self.misconceptions - len(self.not_named)
        return (
            self.stub_points == 0
            and self.reference
            and not self.accepted_wrongly
            and not self.rejected_wrongly
            and not self.flips
            and named >= self.NAMED * self.misconceptions
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as data, for `--json`."""
        return {**vars(self), "proven": self.proven}


def audit(
    grader: Grader, exercise: Exercise, tell: Callable[[str, str], None] = lambda kind, name: None, training: bool = False
) -> Audit:
    """Audit one exercise in walled children; `tell(kind, name)` hears of each file before it is graded.

    With `training`, the reference and the variants are trained as well. A misconception never is: it must fail without.
    """
    started = time.perf_counter()
    found = Audit(exercise.id)

    def grade(kind: str, path: Path, training: bool = False) -> Any:
        tell(kind, path.stem)
        return grader.grade(exercise, path.read_text(encoding="utf-8"), training=training)

    found.stub_points = grade("stub", exercise.stub).points
    verdict = grade("reference", exercise.solution, training)
    found.reference, found.points = verdict.status == "pass", grader.max_points(exercise)
    for path in exercise.bank("misconceptions"):
        found.misconceptions += 1
        verdict = grade("misconception", path)
        if verdict.status != "fail":
            found.accepted_wrongly.append(path.stem)
        if path.stem not in verdict.misconceptions:
            found.not_named.append(f"{path.stem} → {', '.join(verdict.misconceptions) or 'nothing'}")
    for path in exercise.bank("variants"):
        found.variants += 1
        verdict = grade("variant", path, training)
        if verdict.status != "pass":
            first = next((test for test in verdict.tests if test.status != "pass"), None)
            found.rejected_wrongly.append(
                f"{path.stem}: {first.name if first else ''}: {first.message if first else verdict.error}"
            )
    found.seconds = time.perf_counter() - started
    return found


def repeat(grader: Grader, exercise: Exercise, times: int, tell: Callable[[int], None] = lambda number: None) -> list[str]:
    """Regrade the reference and three misconceptions with fresh seeds; return every verdict that was not what it should be."""
    flips = []
    wrong = exercise.bank("misconceptions")
    chosen = [(exercise.solution, "pass"), *((path, "fail") for path in wrong[:: max(len(wrong) // 3, 1)][:3])]
    for number in range(times):
        tell(number)
        grader.forget(exercise)
        grader.seed += 1
        for path, wanted in chosen:
            verdict = grader.grade(exercise, path.read_text(encoding="utf-8"), explain=False, training=False)
            if verdict.status != wanted:
                first = next((test for test in verdict.tests if test.status != "pass"), None)
                flips.append(f"{path.stem} with seed {grader.seed}: {verdict.status} {first.name if first else ''}")
    return flips
