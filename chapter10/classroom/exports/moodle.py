"""Moodle: a CSV for “Import grades”, or the filled-in worksheet of one assignment.

https://docs.moodle.org/311/en/Grade_import: columns are mapped by hand, students by e-mail address or ID number, and feedback
must be imported together with its grade. The worksheet (https://github.com/moodle/moodle,
mod/assign/feedback/offline/importgradeslib.php) needs Identifier, Grade and “Last modified (grade)” as they were downloaded, in
the language of the site; feedback goes to “Feedback comments”. Moodle shows feedback as HTML.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import TextIO

from chapter10.classroom.exports.cells import points, roster_of, write_rows
from chapter10.classroom.exports.feedback import feedback
from chapter10.classroom.gradebook.view import Cell, ClassView
from chapter10.classroom.roster import is_worksheet, people_of, read_table
from chapter10.course import Course
from chapter10.errors import ExportError

_COMMENTS = "Feedback comments"


def write(view: ClassView, course: Course, out: TextIO, frame: Path | None = None) -> list[str]:
    """Write the class as Moodle takes it in, and return what the instructor should know.

    Args:
        view: the class; with a worksheet, one exercise of it.
        course: for the titles of exercises.
        out: where to.
        frame: the grading worksheet of an assignment, as downloaded from Moodle.

    Raises:
        ExportError: the frame is not a worksheet, or there are several exercises to fill it with.
    """
    if frame is None:
        write_rows(out, _for_import(view, course))
        return []
    rows, notes = _worksheet(view, frame)
    write_rows(out, rows)
    return notes


def _for_import(view: ClassView, course: Course) -> list[list[str]]:
    header = ["Email address", "ID number", "Full name"]
    for exercise in view.exercises:
        header += [course[exercise].title, f"{course[exercise].title} feedback"]
    rows = [header]
    for student in view.students:
        row = [student.email, student.key, student.name]
        for cell in view.row(student):
            row += [points(cell), _comment(cell)]
        rows.append(row)
    return rows


def _worksheet(view: ClassView, frame: Path) -> tuple[list[list[str]], list[str]]:
    header, table = read_table(frame)
    if not is_worksheet(header):
        raise ExportError(
            f"{frame} is not a grading worksheet of Moodle.",
            "In the assignment: Submissions, Actions, Download grading worksheet; with Moodle's language set to English.",
        )
    if len(view.exercises) != 1:
        raise ExportError("A worksheet has the grades of one assignment.", "Say which: `--exercise NAME`.")
    exercise = view.exercises[0]
    if _COMMENTS not in header:
        header, table = [*header, _COMMENTS], [[*row, ""] for row in table]
    grade, comments = header.index("Grade"), header.index(_COMMENTS)
    maximum = header.index("Maximum Grade") if "Maximum Grade" in header else None
    known, seen = roster_of(view), set()
    for row, person in zip(table, people_of(header, table), strict=True):
        ids = {kind: str(value) for kind, value in person.ids.items()} if person else {}
        student = person and known.find(ids | ({"email": person.email} if person.email else {}), person.name)
        if not student:
            continue
        seen.add(student.key)
        cell = view.cells[student.key, exercise]
        earned = points(cell, _points(row[maximum]) if maximum is not None else None)
        if earned:
            row[grade], row[comments] = earned, _comment(cell)
    lost = [student.name or student.key for student in view.students if student.key not in seen]
    return [header, *table], [f"{name} is not in the worksheet, and so not in this file." for name in lost]


def _comment(cell: Cell) -> str:
    return html.escape(feedback(cell), quote=False).replace("\n", "<br />")


def _points(text: str) -> float | None:
    try:
        return float(text.replace(",", ".")) or None
    except ValueError:
        return None
