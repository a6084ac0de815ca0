"""JSON for other programs: the whole class, with every verdict. `chapter10/schemas/gradebook.json` describes it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, TextIO

from chapter10.classroom.gradebook.models import Refusal, Student
from chapter10.classroom.gradebook.view import Cell, ClassView
from chapter10.course import Course

VERSION = 1


def write(view: ClassView, course: Course, out: TextIO) -> None:
    """Write the class as one JSON document."""
    json.dump(document(view, course), out, indent=1, ensure_ascii=False)
    out.write("\n")


def document(view: ClassView, course: Course) -> dict[str, Any]:
    """Return the class as data."""
    return {
        "version": VERSION,
        "course": course.title,
        "exercises": [{"id": exercise, "title": course[exercise].title} for exercise in view.exercises],
        "students": [_student(view, student) for student in view.students],
        "refused": [_refusal(refusal) for refusal in view.refusals],
    }


def _student(view: ClassView, student: Student) -> dict[str, Any]:
    return {
        "id": student.key,
        "name": student.name,
        "email": student.email,
        "section": student.section,
        "ids": student.ids,
        "total_percent": round(view.total(student), 4),
        "exercises": [_cell(cell) for cell in view.row(student)],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    submission, override = cell.submission, cell.override
    return {
        "exercise": cell.exercise,
        "status": cell.status,
        "points": cell.points,
        "earned": cell.earned,
        "max_points": cell.max_points,
        "days_late": cell.days_late,
        "submission": submission
        and {
            "filename": submission.filename,
            "origin": submission.origin,
            "sha256": submission.sha256,
            "submitted_at": _moment(submission.submitted_at),
            "late": submission.late,
        },
        "override": override
        and {
            "points": override.points,
            "author": override.author,
            "reason": override.reason,
            "at": _moment(override.created_at),
        },
        "verdict": cell.verdict and cell.verdict.document,
    }


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "origin": refusal.origin,
        "kind": refusal.kind,
        "reason": refusal.reason,
        "student": refusal.student and refusal.student.key,
        "exercise": refusal.exercise,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
