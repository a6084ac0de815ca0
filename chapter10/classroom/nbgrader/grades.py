"""From nbgrader's gradebook to chapter10's: submissions, verdicts, and what people made of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook as Theirs
from nbgrader.api import SubmittedNotebook

from chapter10.classroom.batch.keys import engine_key, suite_key
from chapter10.classroom.found import Found, Intake, Person, Refused
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import Course, Exercise
from chapter10.errors import Chapter10Error

AUTHOR = "nbgrader"


@dataclass
class Imported:
    """What an import brought."""

    submissions: int = 0
    verdicts: int = 0  # new ones
    overrides: int = 0  # where nbgrader's points are not the verdict's
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    """One notebook of one student, in nbgrader's gradebook and among the course's files."""

    person: Person
    exercise: Exercise
    notebook: SubmittedNotebook
    submitted: Path
    autograded: Path


def bring_in(root: Path, theirs: Theirs, gradebook: Gradebook, course: Course) -> Imported:
    """Bring a course's grades into a gradebook. Doing it again changes only what has changed.

    Args:
        root: the course's folder.
        theirs: nbgrader's gradebook.
        gradebook: where to.
        course: notebooks that are called like none of its exercises are left out.

    Raises:
        GradebookError: the gradebook cannot be written.
    """
    imported = Imported()
    intake = Intake("nbgrader")
    entries, unreadable = [], []
    for entry in _entries(root, theirs, course):
        try:
            intake.found.append(_found(root, entry))
            entries.append(entry)
        except Chapter10Error as error:
            origin = str(entry.submitted.relative_to(root))
            refused = Refused(origin, "unreadable", error.message, entry.person, entry.exercise.id)
            intake.refused.append(refused)
            unreadable.append((entry, error.message))
    arrivals = gradebook.add(intake)
    imported.submissions, imported.refused = len(entries), intake.refused
    for entry, submission in zip(entries, arrivals.submissions, strict=True):
        document = _verdict(entry)
        imported.verdicts += gradebook.save_verdict(
            submission, suite_key(entry.exercise, training=True), engine_key(), document, max_points=document["max_points"]
        )
        imported.overrides += _settle(gradebook, entry, document["points"], document["max_points"], _reason(entry))
    for entry, reason in unreadable:  # nbgrader has graded it all the same, and its points count
        imported.overrides += _settle(gradebook, entry, None, entry.notebook.max_score, reason)
    return imported


def _entries(root: Path, theirs: Theirs, course: Course) -> Iterator[_Entry]:
    exercises = {exercise.id: exercise for exercise in course.exercises}
    for assignment in theirs.assignments:
        for submission in sorted(assignment.submissions, key=lambda each: each.student_id):
            student = submission.student
            name = " ".join(part for part in (student.first_name, student.last_name) if part)
            person = Person(student.id, name, student.email or "", ids={"login": student.lms_user_id or student.id})
            for notebook in submission.notebooks:
                if notebook.name in exercises:
                    place = Path(student.id, assignment.name, f"{notebook.name}.ipynb")
                    folders = root / "submitted" / place, root / "autograded" / place
                    yield _Entry(person, exercises[notebook.name], notebook, *folders)


def _found(root: Path, entry: _Entry) -> Found:
    from chapter10.learner.notebook import MAX_NOTEBOOK

    path, assignment = entry.submitted, entry.notebook.assignment
    if any(part.is_symlink() for part in (path, *path.parents[:2])):
        raise Chapter10Error("It is a symbolic link.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_NOTEBOOK + 1)
    except OSError as error:
        raise Chapter10Error(f"It cannot be read: {error.strerror}.") from error
    if len(data) > MAX_NOTEBOOK:
        raise Chapter10Error(f"It is larger than {MAX_NOTEBOOK >> 20} MB.")
    at = assignment.timestamp
    return Found(
        entry.person,
        entry.exercise.id,
        path.name,
        str(path.relative_to(root)),
        data,
        submitted_at=at.replace(tzinfo=UTC) if at else None,
        late=assignment.total_seconds_late > 0,
    )


def _verdict(entry: _Entry) -> dict[str, Any]:
    """Return the verdict that autograding has left in the notebook; where another grader was at work, its points."""
    try:
        notebook = nbformat.read(entry.autograded, as_version=4)
        verdicts = notebook.metadata.get("chapter10", {}).get("verdicts", [])
    except (OSError, ValueError, AttributeError):
        verdicts = []
    for verdict in verdicts:
        if verdict.get("exercise") == entry.exercise.id:
            return dict(verdict)
    return _from_points(entry)


def _from_points(entry: _Entry) -> dict[str, Any]:
    tests = [
        {
            "name": grade.name,
            "title": grade.name,
            "status": "pass" if grade.score >= grade.max_score else "fail",
            "points": grade.score,
            "max_points": grade.max_score,
            "message": "",
            "help": "",
            "misconception": None,
            "counterexample": None,
            "duration": 0.0,
        }
        for grade in entry.notebook.grades
    ]
    return {
        "version": 1,
        "exercise": entry.exercise.id,
        "status": "pass" if all(test["status"] == "pass" for test in tests) else "fail",
        "points": sum(test["points"] for test in tests),
        "max_points": sum(test["max_points"] for test in tests),
        "error": None,
        "tests": tests,
        "flags": [],
        "output": "",
        "duration": 0.0,
        "environment": {},
    }


def _settle(gradebook: Gradebook, entry: _Entry, earned: float | None, most: float, reason: str) -> bool:
    """Let nbgrader's points count where they are not those of a verdict; say whether they do."""
    notebook = entry.notebook
    scale = most / notebook.max_score if notebook.max_score else 1.0  # points may have been changed in the source
    points = round(min(max(notebook.score - (notebook.late_submission_penalty or 0.0), 0.0) * scale, most), 6)
    key = entry.person.key
    overrides = gradebook.overrides(gradebook.student(key), entry.exercise.id)
    standing = [each for each in overrides if each.withdrawn_at is None and each.author == AUTHOR]
    if earned is not None and math.isclose(points, earned, abs_tol=1e-6):
        if standing:
            gradebook.withdraw(key, entry.exercise.id)
        return False
    if not (standing and math.isclose(standing[-1].points, points, abs_tol=1e-6)):
        gradebook.override(key, entry.exercise.id, points, AUTHOR, reason)
    return True


def _reason(entry: _Entry) -> str:
    return "Late penalty in nbgrader." if entry.notebook.late_submission_penalty else "Points given by hand in nbgrader."
