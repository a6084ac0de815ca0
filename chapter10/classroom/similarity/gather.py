"""What is compared: the latest submission of each student, the mistakes its verdict names, and what everybody may have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chapter10.classroom.gradebook.models import Submission
from chapter10.classroom.gradebook.view import ClassView
from chapter10.classroom.similarity.ranking import Answer, Background
from chapter10.course import Exercise
from chapter10.errors import WorkspaceError
from chapter10.learner.notebook import code_of, join


def answers(view: ClassView, exercise: str) -> list[Answer]:
    """Return what the class has handed in for an exercise; a file that holds no text has nothing to compare."""
    found = []
    for cell in view.column(exercise):
        text = source(cell.submission) if cell.submission else ""
        if text.strip():
            document = cell.verdict.document if cell.verdict else {"tests": []}
            found.append(Answer(cell.student.key, exercise, text, mistakes(document)))
    return found


def background(exercise: Exercise) -> Background:
    """Return what everybody may have; where the solutions are not installed, that is the stub."""
    given = [path for path in (exercise.stub, exercise.solution) if path.is_file()]
    usual = [*exercise.bank("variants"), *exercise.bank("misconceptions")]
    return Background(*([path.read_text(encoding="utf-8") for path in paths] for paths in (given, usual)))


def source(submission: Submission) -> str:
    """Return the Python in a submission, whatever its bytes are."""
    text = submission.data.decode("utf-8-sig", "replace")
    if not submission.filename.endswith(".ipynb"):
        return text
    try:
        return join(code_of(json.loads(text), Path(submission.filename))).text
    except (WorkspaceError, ValueError, RecursionError):
        return text


def mistakes(document: dict[str, Any]) -> frozenset[str]:
    """Return what a verdict found wrong, in words: a misconception by its name, another mistake by what came out."""
    found = set()
    for test in document["tests"]:
        if test["misconception"]:
            found.add(f"the misconception {test['misconception']}")
        elif test["status"] == "fail":
            found.add(f"{test['name']}: {test['message']}")
    return frozenset(found)
