"""What a suite says about its tests: sentences, points, what builds on what. Read once, when pytest has collected it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import pytest

from chapter10.grading.results import TestResult

GROUPS = ("values", "gradients", "properties", "training")  # what tests are about


@dataclass(frozen=True)
class SuiteTest:
    """One test of a suite."""

    item: pytest.Item
    name: str
    title: str  # the sentence that the learner reads: the first paragraph of its docstring
    points: float
    needs: tuple[str, ...]  # the tests that it builds on
    training: bool  # whether it trains a model

    @classmethod
    def of(cls, item: pytest.Item) -> SuiteTest:
        """Read what a collected test says about itself."""
        documentation = inspect.getdoc(getattr(item, "function", None)) or item.name
        mark = item.get_closest_marker("points")
        return cls(
            item,
            item.name,
            " ".join(documentation.split("\n\n")[0].split()),
            float(mark.args[0]) if mark and mark.args else 1.0,
            tuple(name for mark in item.iter_markers("needs") for name in mark.args),
            item.get_closest_marker("training") is not None,
        )

    @property
    def group(self) -> str:
        """Which of the `GROUPS` it belongs to. Values are what the others build on."""
        if self.training:
            return "training"
        if "gradient" in self.name:
            return "gradients"
        return "properties" if self.needs else "values"

    def result(self) -> TestResult:
        """Return its result before anything is known: a pass."""
        return TestResult(self.name, self.title, "pass", self.points, self.points)


@dataclass
class Suite:
    """The tests of one file in `graders/`, in its order."""

    tests: list[SuiteTest] = field(default_factory=list)

    @property
    def points(self) -> float:
        """What it is worth."""
        return sum(test.points for test in self.tests)

    @property
    def probes(self) -> dict[str, Any]:
        """Its functions `probe_*(subject, draw)`, in the order in which it defines them."""
        module = getattr(self.tests[0].item, "module", None) if self.tests else None
        return {name: value for name, value in vars(module).items() if name.startswith("probe_")} if module else {}
