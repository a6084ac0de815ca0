"""Gradescope's results.json, for verdicts that are there already: a file for each student.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: `score`, `execution_time`, `output`, `stdout_visibility`, and
`tests`, each with `name`, `score`, `max_score`, `status` (passed or failed), `output`, `visibility`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chapter10.classroom.exports.cells import counts
from chapter10.classroom.exports.feedback import summary, words
from chapter10.classroom.exports.files import put
from chapter10.classroom.gradebook.view import ClassView
from chapter10.course import Course

_STATUS = {"pass": "passed", "fail": "failed", "error": "failed"}  # a test that was not run has none


def write(view: ClassView, course: Course, folder: Path) -> list[Path]:
    """Write `<student>/results.json` below `folder` for everybody who has points, and return the files.

    Raises:
        ExportError: a file cannot be written.
    """
    written = []
    for student in view.students:
        cells = [cell for cell in view.row(student) if counts(cell)]
        if not cells:
            continue
        verdicts = [cell.verdict.document for cell in cells if cell.verdict]
        lines = [f"{course[cell.exercise].title}: {summary(cell)}" for cell in cells]
        document = results(verdicts, course, lines, sum(cell.points for cell in cells))
        path = folder / _folder_name(student.key) / "results.json"
        put(path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
        written.append(path)
    return written


def results(
    verdicts: Sequence[dict[str, Any]], course: Course, lines: Sequence[str] = (), score: float | None = None
) -> dict[str, Any]:
    """Return the results document of one student.

    Only what the learner may read goes into it: no flags, no environment, no seed, and the sentences of each test.

    Args:
        verdicts: of the student's exercises, as `Verdict.as_dict` makes them.
        course: for the titles of exercises.
        lines: what to say above the tests.
        score: the points that count; the sum of the tests' unless given.
    """
    tests = [test for verdict in verdicts for test in _tests(verdict, course, several=len(verdicts) > 1)]
    earned = sum(verdict["points"] for verdict in verdicts)
    return {
        "score": round(earned if score is None else score, 4),
        "execution_time": round(sum(verdict["duration"] for verdict in verdicts)),
        "output": "\n".join(lines),
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _tests(verdict: dict[str, Any], course: Course, several: bool) -> list[dict[str, Any]]:
    title = course[verdict["exercise"]].title
    if verdict["error"]:
        return [failed(title, verdict["error"])]
    before = f"{title}: " if several else ""
    return [_test(test, before) for test in verdict["tests"]]


def _test(test: dict[str, Any], before: str) -> dict[str, Any]:
    shown = {
        "name": f"{before}{test['title']}",
        "score": test["points"],
        "max_score": test["max_points"],
        "output": "It waits for tests that failed." if test["status"] == "skip" else words(test),
        "visibility": "visible",
    }
    return shown | ({"status": _STATUS[test["status"]]} if test["status"] in _STATUS else {})


def failed(name: str, reason: str) -> dict[str, Any]:
    """Return the test that stands for an exercise that could not be graded."""
    return {"name": name, "score": 0.0, "status": "failed", "output": reason, "visibility": "visible"}


def _folder_name(key: str) -> str:
    """Return a student's key as a folder may be called; what is replaced stays told apart by its code."""
    return re.sub(r"[^\w@.-]|^\.", lambda match: f"%{ord(match[0]):02X}", key)
