"""How far a learner is, what comes next, and what is kept of a verdict."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chapter10.course import LAYERS, Course, Exercise
from chapter10.learner.workspace import Workspace

if TYPE_CHECKING:
    from chapter10.grading.results import Verdict

Row = dict[str, Any]


def rows_of(course: Course, workspace: Workspace | None) -> list[Row]:
    """Return one row for each exercise, in the order of the course."""
    progress = workspace.progress() if workspace else {}
    return [_row(exercise, progress.get(exercise.id, {})) for exercise in course.exercises]


def _row(exercise: Exercise, entry: dict[str, Any]) -> Row:
    return {
        "id": exercise.id,
        "title": exercise.title,
        "layer": exercise.layer,
        "section": exercise.section,
        "minutes": exercise.minutes,
        "points": _number(entry.get("points")),
        "max_points": _number(entry.get("max_points")) or points_of(exercise),
        "passed": bool(entry.get("passed")),
        "hints_shown": int(_number(entry.get("hints"))),
        "gave_up": bool(entry.get("gave_up")),
    }


def _number(value: Any) -> float:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0


def points_of(exercise: Exercise) -> float:
    """Return what a suite is worth by its `points` marks, read from its syntax tree alone; 0 when that does not tell."""
    try:
        body = ast.parse(exercise.suite.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return 0
    total = 0.0
    for node in body:
        if not (isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
            continue
        marks = {
            mark.func.attr: mark
            for mark in node.decorator_list
            if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute)
        }
        if "parametrize" in marks:
            return 0
        worth = marks["points"].args[0] if "points" in marks else ast.Constant(1)
        if not isinstance(worth, ast.Constant) or not isinstance(worth.value, (int, float)):
            return 0
        total += worth.value
    return total


def following(rows: Sequence[Row], after: str | None = None) -> str | None:
    """Return the exercise to do next: the first that is not passed, required ones first; with `after`, the first behind it."""
    open_rows = [row for row in rows if not row["passed"]]
    if after is not None:
        names = [row["id"] for row in rows]
        at = names.index(after)
        order = [*names[at + 1 :], *names[:at]]
        left = {row["id"] for row in open_rows}
        return next((name for name in order if name in left), None)
    required = [row for row in open_rows if row["layer"] == "required"]
    return next((row["id"] for row in [*required, *open_rows]), None)


def summary_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the sums, overall and by layer: exercises, passed, points, max_points, minutes, minutes_left."""
    layers = [_sums(layer, [row for row in rows if row["layer"] == layer]) for layer in LAYERS]
    overall = _sums("all", rows)
    overall.pop("layer")
    return {**overall, "layers": [layer for layer in layers if layer["exercises"]]}


def _sums(layer: str, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "layer": layer,
        "exercises": len(rows),
        "passed": sum(row["passed"] for row in rows),
        "points": sum(row["points"] for row in rows),
        "max_points": sum(row["max_points"] for row in rows),
        "minutes": sum(row["minutes"] for row in rows),
        "minutes_left": sum(row["minutes"] for row in rows if not row["passed"]),
    }


def remember(workspace: Workspace, exercise: Exercise, verdict: Verdict) -> None:
    """Keep the best that a learner has reached. A verdict that says nothing about their code is not kept."""
    if verdict.status == "error":
        return

    def note(entry: dict[str, Any]) -> None:
        entry["points"] = max(verdict.points, _number(entry.get("points")))
        entry["max_points"] = verdict.max_points
        entry["passed"] = bool(entry.get("passed")) or verdict.status == "pass"

    workspace.update(exercise, note)


def next_hint(exercise: Exercise, workspace: Workspace | None) -> tuple[str, int]:
    """Return (hint, its number from 1) and remember that it was shown; without a workspace always the first."""
    total = len(exercise.hints)

    def advance(entry: dict[str, Any]) -> None:
        entry["hints"] = min(max(int(_number(entry.get("hints"))), 0) + 1, total)

    number = workspace.update(exercise, advance)["hints"] if workspace else 1
    return " ".join(exercise.hints[number - 1].split()), number
