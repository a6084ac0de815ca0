"""Plugins for `nbgrader export`: nbgrader's grades as Canvas and Moodle take them in.

nbgrader export --exporter=chapter10.classroom.nbgrader.exporters.Canvas --to canvas.csv
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExportPlugin

from chapter10.classroom.exports import canvas, moodle
from chapter10.classroom.exports.files import put
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.classroom.gradebook.view import ClassView
from chapter10.classroom.nbgrader.grades import bring_in
from chapter10.course import load_course


class _Plugin(ExportPlugin):
    """An export of chapter10's, fed with nbgrader's grades."""

    write: Callable[..., list[str]]
    default = ""

    def export(self, gradebook: Any) -> None:
        """Write the file that `--to` names."""
        target = Path(self.to or self.default)
        course = load_course()
        with tempfile.TemporaryDirectory() as folder, Gradebook.open(Path(folder) / "class.db", create=True) as book:
            bring_in(Path(self.parent.coursedir.root), gradebook, book, course)
            view = self._chosen(book.view(course))
            out = io.StringIO(newline="")
            for note in type(self).write(view, course, out):
                self.log.warning(note)
        put(target, out.getvalue().encode("utf-8"))
        self.log.info("%s written", target)

    def _chosen(self, view: ClassView) -> ClassView:
        """Leave only what `--student` and `--assignment` name; an exercise goes by its own name here."""
        if self.student:
            view.students = [student for student in view.students if student.key in map(str, self.student)]
        if self.assignment:
            view.exercises = [exercise for exercise in view.exercises if exercise in map(str, self.assignment)]
        return view


class Canvas(_Plugin):
    """The CSV that Canvas imports into its gradebook."""

    write = staticmethod(canvas.write)
    default = "canvas.csv"


class Moodle(_Plugin):
    """The CSV for Moodle's “Import grades”, with feedback."""

    write = staticmethod(moodle.write)
    default = "moodle.csv"
