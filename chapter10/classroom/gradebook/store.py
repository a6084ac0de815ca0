"""The gradebook: everything that is written to it, and the class as reports and exports see it.

with Gradebook.open("class.db", create=True) as gradebook:
    added = gradebook.add(intake)
    …
"""

from __future__ import annotations

import contextlib
import difflib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chapter10.classroom.found import Intake
from chapter10.classroom.gradebook import database, migrate
from chapter10.classroom.gradebook.arrivals import Arrivals, take_in
from chapter10.classroom.gradebook.models import Override, Setting, Student, Submission, VerdictRow, now
from chapter10.classroom.gradebook.policy import Policy
from chapter10.classroom.gradebook.view import ClassView, read_class
from chapter10.course import Course
from chapter10.errors import GradebookError

POLICY = "policy"  # the name of the setting


class Gradebook:
    """An open gradebook. Made by `Gradebook.open`; what it returns can be read until that block ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writing=True)
        self._reader = Session(engine)

    @classmethod
    @contextlib.contextmanager
    def open(cls, where: str | Path, create: bool = False) -> Iterator[Gradebook]:
        """Open a gradebook, and bring one of an earlier version up to date.

        Args:
            where: the path of an SQLite file, or a SQLAlchemy URL.
            create: make it where there is none.

        Raises:
            GradebookError: there is none, it is something else or of a later version; and whenever the database fails in
                the block: locked, full, read-only, damaged, out of reach.
        """
        url = database.address(where)
        path = database.sqlite_file(url)
        if path is not None:
            database.check_file(path, create)
            if path.exists():
                migrate.check_version(path)
        engine = database.connect(url)
        with database.plain_words(url):
            try:
                migrate.bring_up_to_date(engine, create, path)
                gradebook = cls(engine)
                try:
                    yield gradebook
                finally:
                    gradebook._reader.close()
            finally:
                engine.dispose()

    def session(self) -> Session:
        """Return a new session to read with."""
        return Session(self._engine, expire_on_commit=False)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that is committed at the end of the block, as a whole or not at all."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session
        self._reader.commit()  # what has been read is out of date, and is read again when it is looked at

    # What comes in ------------------------------------------------------------------------------------------------------

    def add(self, intake: Intake) -> Arrivals:
        """Keep all that an intake found: students, files, and what was refused. What is known already is not kept twice."""
        return take_in(self.writing, intake)

    def save_verdict(
        self,
        submission_id: int,
        suite: str,
        engine: str,
        document: dict[str, Any],
        run: int = 0,
        max_points: float | None = None,
    ) -> bool:
        """Commit a verdict. Return False when there is one with this key already: it stays as it is.

        Args:
            submission_id: whose verdict.
            suite: the key of the suite.
            engine: the key of the engine.
            document: as `Verdict.as_dict` makes it.
            run: 0, or the number of the regrading.
            max_points: what the exercise is worth, for a file that never came to its tests.
        """
        environment = document["environment"]
        row = {
            "submission_id": submission_id,
            "suite": suite,
            "engine": engine,
            "run": run,
            "torch": environment.get("torch", ""),
            "seed": environment.get("seed"),
            "isolation": environment.get("isolation", ""),
            "status": document["status"],
            "points": document["points"],
            "max_points": document["max_points"] or max_points or 0.0,
            "duration": document["duration"],
            "document": document,
        }
        try:
            with self.writing() as session:
                session.execute(insert(VerdictRow), [row])  # a row, not an object to be looked after: thousands are written
        except IntegrityError:
            return False
        return True

    # The class ----------------------------------------------------------------------------------------------------------

    def view(self, course: Course, exercises: Sequence[str] | None = None, whole: bool = True) -> ClassView:
        """Return the class as reports and exports see it.

        Args:
            course: its exercises give the order; its `classroom` entry, where it has one, the policy.
            exercises: which; all that anybody has handed in, unless given.
            whole: also submissions' bytes and verdicts' documents; without, each is read when it is used.
        """
        if exercises is None:
            handed_in = set(self._reader.scalars(select(Submission.exercise).distinct()))
            exercises = [exercise.id for exercise in course.exercises if exercise.id in handed_in]
        return read_class(self._reader, exercises, self.policy(course), self.max_points(), whole)

    def policy(self, course: Course) -> Policy:
        """Return the late policy and weights: the course's, or those that the gradebook was last graded with."""
        if course.classroom:
            return Policy.read(course)
        kept = self._reader.get(Setting, POLICY)
        return Policy.read(course, kept.value) if kept else Policy()

    def remember_policy(self, policy: Policy) -> None:
        """Keep late policy and weights for all who read the gradebook later."""
        with self.writing() as session:
            session.merge(Setting(name=POLICY, value=policy.as_dict()))

    def max_points(self) -> dict[str, float]:
        """Return what each exercise is worth, as its latest verdict says."""
        latest = (
            select(func.max(VerdictRow.id))
            .join(Submission)
            .where(VerdictRow.max_points > 0)
            .group_by(Submission.exercise)
            .scalar_subquery()
        )
        rows = select(Submission.exercise, VerdictRow.max_points).join(VerdictRow.submission).where(VerdictRow.id.in_(latest))
        return {row.exercise: row.max_points for row in self._reader.execute(rows)}

    # What people decide -------------------------------------------------------------------------------------------------

    def student(self, name: str) -> Student:
        """Return the student with this key, or name, or e-mail address.

        Raises:
            GradebookError: nobody is called that (the nearest is named), or several are.
        """
        students = list(self._reader.scalars(select(Student)))
        sought = name.strip().casefold()
        exact = [student for student in students if student.key == name]
        found = exact or [student for student in students if sought in _names(student)]
        if len(found) == 1:
            return found[0]
        if found:
            keys = ", ".join(sorted(student.key for student in found))
            raise GradebookError(f"Several students are called {name}.", f"Use one of the keys: {keys}.")
        known = {word: student for student in students for word in _names(student)}
        close = difflib.get_close_matches(sought, known, n=1, cutoff=0.6)
        hint = f"Did you mean `{known[close[0]].key}`?" if close else "`chapter10 grades FILE` lists everybody."
        raise GradebookError(f"There is no student called {name} in the gradebook.", hint)

    def overrides(self, student: Student, exercise: str) -> list[Override]:
        """Return all overrides of a student in an exercise, the earliest first, those withdrawn among them."""
        query = select(Override).where(Override.student_id == student.id, Override.exercise == exercise).order_by(Override.id)
        return list(self._reader.scalars(query))

    def override(self, student_key: str, exercise: str, points: float, author: str, reason: str) -> Override:
        """Put a person's decision in place of the verdict's points, also of every verdict to come.

        Raises:
            GradebookError: there is no such student, author or reason is missing, or the points cannot be.
        """
        most = self.max_points().get(exercise, math.inf)
        if not 0 <= points <= most:
            limit = f"from 0 to {most:g}" if most < math.inf else "0 or more"
            raise GradebookError(f"{points:g} points cannot be: {exercise} gives {limit}.")
        if not author.strip() or not reason.strip():
            raise GradebookError("An override needs an author and a reason.", 'Say them: `--author NAME --reason "…"`.')
        student = self.student(student_key)
        made = Override(student_id=student.id, exercise=exercise, points=points, author=author, reason=reason)
        with self.writing() as session:
            session.add(made)
        return made

    def withdraw(self, student_key: str, exercise: str) -> list[Override]:
        """Withdraw every override of a student in an exercise; they stay in the history. Return those withdrawn.

        Raises:
            GradebookError: there is no such student, or none of their overrides stands.
        """
        student = self.student(student_key)
        standing = select(Override).where(
            Override.student_id == student.id, Override.exercise == exercise, Override.withdrawn_at.is_(None)
        )
        with self.writing() as session:
            withdrawn = list(session.scalars(standing.order_by(Override.id)))
            for entry in withdrawn:
                entry.withdrawn_at = now()
        if not withdrawn:
            raise GradebookError(f"No override of {student.key} in {exercise} stands.", "`chapter10 grades` shows them.")
        return withdrawn


def _names(student: Student) -> set[str]:
    return {word.casefold() for word in (student.key, student.name, student.email) if word}
