"""What a student reads of a verdict, as plain text: for platforms that show a comment beside the grade."""

from __future__ import annotations

from typing import Any

from chapter10.classroom.exports.cells import counts, number
from chapter10.classroom.gradebook.view import Cell


def feedback(cell: Cell) -> str:
    """Return the points and how they came about, then a line for each test that failed."""
    if not counts(cell):
        return ""
    return "\n".join([summary(cell), *test_lines(cell.verdict.document if cell.verdict else {})])


def summary(cell: Cell) -> str:
    """Return the points in a sentence, with what lateness took and what a person decided."""
    text = f"{number(cell.points)} of {number(cell.max_points)} points"
    if cell.override:
        return f"{text}, decided by {cell.override.author}: {cell.override.reason}"
    if cell.days_late and cell.points != cell.earned:
        return f"{text}: {number(cell.earned)} earned, handed in {cell.days_late} day{'s' * (cell.days_late > 1)} late."
    return f"{text}."


def test_lines(document: dict[str, Any]) -> list[str]:
    """Return a line for each test of a verdict that failed, and one for those that were not run."""
    if document.get("error"):
        return [str(document["error"])]
    tests = document.get("tests", [])
    lines = [f"✘ {test['title']} {words(test)}" for test in tests if test["status"] in ("fail", "error")]
    waiting = sum(test["status"] == "skip" for test in tests)
    if waiting:
        lines.append(f"– {waiting} more test{'s wait' if waiting > 1 else ' waits'} for these.")
    return lines


def words(test: dict[str, Any]) -> str:
    """Return what is wrong in a test, and the next step."""
    return " ".join(filter(None, (test["message"], test["help"] and f"Next: {test['help']}")))
