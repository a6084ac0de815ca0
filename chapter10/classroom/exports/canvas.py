"""Canvas: the gradebook's CSV, as it is exported and imported again.

What Canvas reads is in https://github.com/instructure/canvas-lms, lib/gradebook_importer.rb: the first columns are Student, ID,
SIS User ID, SIS Login ID, Section; an assignment's is its name with its id in parentheses; a row “Points Possible” follows the
heading. Students are matched by ID, then by their SIS ids, then by name; an empty cell changes nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TextIO

from chapter10.classroom.exports.cells import number, points, roster_of, write_rows
from chapter10.classroom.gradebook.view import ClassView
from chapter10.classroom.roster import is_canvas, people_of, read_table
from chapter10.course import Course
from chapter10.errors import ExportError

STUDENT_COLUMNS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
POINTS_POSSIBLE = "    Points Possible"  # with the four blanks that Canvas writes
_ASSIGNMENT = re.compile(r"(?P<title>.*?)(?: \((?P<id>\d+)\))?")


def write(view: ClassView, course: Course, out: TextIO, frame: Path | None = None) -> list[str]:
    """Write the class as Canvas takes it in, and return what the instructor should know.

    Args:
        view: the class.
        course: for the titles of exercises, which are the names of assignments.
        out: where to.
        frame: the CSV that Canvas exports; its ids, names of assignments and points are then used. Without it, Canvas
            has to find students by their SIS ids, and makes a new assignment for each exercise.

    Raises:
        ExportError: the frame is not an export of Canvas's gradebook.
    """
    if frame is None:
        write_rows(out, _without_frame(view, course))
        return []
    rows, notes = _in_frame(view, course, frame)
    write_rows(out, rows)
    return notes


def _without_frame(view: ClassView, course: Course) -> list[list[str]]:
    most = [number(max((cell.max_points for cell in view.column(exercise)), default=0.0)) for exercise in view.exercises]
    rows = [
        STUDENT_COLUMNS + [course[exercise].title for exercise in view.exercises],
        [POINTS_POSSIBLE, "", "", "", "", *most],
    ]
    for student in view.students:
        ids = student.ids
        who = [student.name or student.key, str(ids.get("canvas_id", "")), str(ids.get("sis_id", student.key))]
        rows.append([*who, str(ids.get("login", student.email)), student.section, *map(points, view.row(student))])
    return rows


def _in_frame(view: ClassView, course: Course, frame: Path) -> tuple[list[list[str]], list[str]]:
    header, table = read_table(frame)
    if not is_canvas(header):
        raise ExportError(f"{frame} is not an export of Canvas's gradebook.", "In Canvas: Grades, Export, Entire Gradebook.")
    students = header.index("Section") + 1
    columns = {exercise: _column(header, students, exercise, course[exercise].title) for exercise in view.exercises}
    possible = next((row for row in table if "Points Possible" in row[0]), [""] * len(header))
    most = {exercise: _points(possible[at]) if at else None for exercise, at in columns.items()}
    titles = [header[at] if at else course[exercise].title for exercise, at in columns.items()]
    shown = [
        most[exercise] or max((cell.max_points for cell in view.column(exercise)), default=0.0) for exercise in view.exercises
    ]
    rows = [[*header[:students], *titles], [POINTS_POSSIBLE, *[""] * (students - 1), *map(number, shown)]]
    notes = [f"Canvas has no assignment for {exercise}; importing makes one." for exercise, at in columns.items() if not at]
    known, seen = roster_of(view), set()
    for row, person in zip(table, people_of(header, table), strict=True):
        if person is None:
            continue
        ids = {kind: str(value) for kind, value in person.ids.items()}
        student = known.find(ids, person.key, person.name)
        cells = [points(view.cells[student.key, exercise], most[exercise]) if student else "" for exercise in view.exercises]
        rows.append(row[:students] + cells)
        if student:
            seen.add(student.key)
    lost = [student.name or student.key for student in view.students if student.key not in seen]
    notes += [f"{name} is not in Canvas's export, and so not in this file." for name in lost]
    return rows, notes


def _column(header: list[str], first: int, exercise: str, title: str) -> int | None:
    """Return where the assignment of an exercise is: one that is called like its id or its title."""
    wanted = {_plain(exercise), _plain(title)}
    for at in range(first, len(header)):
        match = _ASSIGNMENT.fullmatch(header[at])
        if match and _plain(match["title"]) in wanted:
            return at
    return None


def _plain(title: str) -> str:
    return re.sub(r"[\W_]+", "", title.casefold())


def _points(text: str) -> float | None:
    try:
        return float(text) or None
    except ValueError:  # “(read only)”
        return None
