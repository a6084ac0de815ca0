"""Writing the report: every student's page as their verdicts go by, then the page of the class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chapter10.classroom.gradebook.models import Refusal, Student, VerdictRow, now
from chapter10.classroom.gradebook.view import ClassView
from chapter10.classroom.report import pages
from chapter10.classroom.report.matrices import lay_out
from chapter10.classroom.report.naming import Face, faces
from chapter10.classroom.report.publish import published
from chapter10.classroom.report.students import feedback
from chapter10.classroom.report.tally import Document, Tally
from chapter10.course import Course

AT_ONCE = 50  # students whose verdicts are in memory together


class Report:
    """A class, about to be written down.

    Args:
        session: on the gradebook that `view` was read from.
        view: the class.
        course: titles, sections and points of the exercises.
        anonymous: numbers for names, and nothing that tells who is who.
    """

    def __init__(self, session: Session, view: ClassView, course: Course, anonymous: bool = False) -> None:
        self._session = session
        self._view = view
        self._course = course
        self._anonymous = anonymous
        self._faces = faces(view.students, anonymous)
        self._tally = Tally(view.exercises)
        self._written = now()
        self._refusals: dict[int | None, list[Refusal]] = defaultdict(list)  # by the student's id
        for refusal in view.refusals:
            self._refusals[refusal.student_id].append(refusal)

    def write(self, target: Path, progress: Callable[[int], None] = lambda done: None) -> dict[str, Any]:
        """Write the folder `target`, whole or not at all, and return what `--json` prints.

        Raises:
            PublishError: the folder cannot be written, or holds what is not ours.
        """
        with published(target, "report") as folder:
            (folder / "students").mkdir()
            for number, (student, documents) in enumerate(self._documents(), start=1):
                face = self._faces[student.key]
                _save(folder / face.page, self._student_page(student, face, documents))
                progress(number)
            _save(folder / "index.html", self._class_page())
        return self._summary(target)

    def _documents(self) -> Iterator[tuple[Student, dict[str, Document]]]:
        """Yield each student with their verdicts' documents by exercise, a few students' at a time."""
        everybody = self._view.students
        for first in range(0, len(everybody), AT_ONCE):
            students = everybody[first : first + AT_ONCE]
            cells = [cell for student in students for cell in self._view.row(student)]
            wanted = [cell.verdict.id for cell in cells if cell.verdict]
            rows = self._session.execute(select(VerdictRow.id, VerdictRow.document).where(VerdictRow.id.in_(wanted)))
            by_id: dict[int, Document] = {row.id: row.document for row in rows}
            for student in students:
                row = self._view.row(student)
                yield student, {cell.exercise: by_id[cell.verdict.id] for cell in row if cell.verdict}

    def _student_page(self, student: Student, face: Face, documents: dict[str, Document]) -> str:
        refusals = self._refusals[student.id]
        parts = []
        for cell in self._view.row(student):
            document = documents.get(cell.exercise)
            self._tally.add(cell, document)
            exercise = self._course[cell.exercise]
            refused = [refusal for refusal in refusals if refusal.exercise == cell.exercise]
            parts.append(feedback(exercise, cell, document, refused, self._anonymous))
        return pages.render(
            "student.html",
            course=self._course, face=face, parts=parts, total=self._view.total(student), written=self._written,
            loose=sorted({refusal.kind for refusal in refusals if refusal.exercise not in self._view.exercises}),
        )  # fmt: skip

    def _class_page(self) -> str:
        titles = {exercise: self._course[exercise].title for exercise in self._view.exercises}
        return pages.render(
            "class.html",
            course=self._course, view=self._view, tally=self._tally, faces=self._faces, titles=titles,
            refusals=[(refusal, self._owner(refusal)) for refusal in self._view.refusals],
            anonymous=self._anonymous, written=self._written, lay_out=lay_out,
        )  # fmt: skip

    def _owner(self, refusal: Refusal) -> Face | None:
        return self._faces.get(refusal.student.key) if refusal.student else None

    def _summary(self, target: Path) -> dict[str, Any]:
        tally = self._tally
        return {
            "version": 1,
            "report": str(target),
            "anonymous": self._anonymous,
            "students": len(self._view.students),
            "pages": len(self._view.students) + 1,
            "refused": len(self._view.refusals),
            "flags": len(tally.flags),
            "exercises": [
                {
                    "exercise": entry.exercise,
                    "handed_in": entry.handed_in,
                    "graded": entry.graded,
                    "passed": entry.statuses["pass"],
                    "mean": round(entry.mean, 4),
                    "median": round(entry.median, 4),
                    "hardest": [{"test": test.name, "failed": test.failed, "reached": test.reached} for test in entry.hardest],
                }
                for entry in tally.exercises.values()
            ],
            "misconceptions": [
                {
                    "exercise": found.exercise,
                    "misconception": found.name,
                    "sentence": found.sentence,
                    "students": [self._faces[key].key or self._faces[key].name for key in found.holders],
                }
                for found in tally.misconceptions
            ],
        }


def _save(path: Path, page: str) -> None:
    path.write_text(page, encoding="utf-8")
