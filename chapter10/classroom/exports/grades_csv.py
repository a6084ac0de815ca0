"""CSV for a spreadsheet: a row for each student, four columns for each exercise, the total in per cent."""

from __future__ import annotations

from typing import TextIO

from chapter10.classroom.exports.cells import number, points, write_rows
from chapter10.classroom.gradebook.view import ClassView
from chapter10.course import Course


def write(view: ClassView, course: Course, out: TextIO) -> None:
    """Write the class as CSV."""
    header = ["id", "name", "email", "section"]
    for exercise in view.exercises:
        header += [f"{exercise} points", f"{exercise} of", f"{exercise} status", f"{exercise} days late"]
    rows = [[*header, "total percent"]]
    for student in view.students:
        row = [student.key, student.name, student.email, student.section]
        for cell in view.row(student):
            row += [points(cell), number(cell.max_points), cell.status, str(cell.days_late)]
        rows.append([*row, number(view.total(student))])
    write_rows(out, rows)
