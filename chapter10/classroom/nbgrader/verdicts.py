"""What a graded cell needs of a verdict: the tests that it asks for, and what they are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from chapter10.errors import Chapter10Error, EngineError


def tests_of(reply: dict[str, Any], group: str | None) -> list[dict[str, Any]]:
    """Return the tests of one group, or of all, from what `Service.grade` returns.

    Raises:
        Chapter10Error: the suite has no such group.
    """
    tests = reply["verdict"]["tests"]
    if group is None:
        return tests
    if group not in reply["groups"]:
        raise Chapter10Error(
            f"{reply['verdict']['exercise']} has no tests called `{group}`.", f"It has {', '.join(reply['groups'])}."
        )
    return [test for test in tests if test["name"] in reply["groups"][group]]


def score(tests: Sequence[dict[str, Any]], points: float | None = None) -> float:
    """Return what the tests earned, on a scale that ends at `points` (their own when None).

    nbgrader gives full marks for a score that is negative or no number, and fails on one that is too large.

    Raises:
        EngineError: the score cannot be.
    """
    most = math.fsum(test["max_points"] for test in tests)
    limit = most if points is None else points
    found = limit * math.fsum(test["points"] for test in tests) / most if most else 0.0
    if not (math.isfinite(found) and 0 <= found <= limit):
        raise EngineError(f"{found} of {limit} points cannot be.", "Run `chapter10 doctor`.")
    return found
