"""A gradebook as reports and exports see it: who has what in which exercise, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, joinedload

from chapter10.classroom.gradebook.models import Override, Refusal, Student, Submission, VerdictRow
from chapter10.classroom.gradebook.policy import Policy


@dataclass
class Cell:
    """One student's standing in one exercise."""

    student: Student
    exercise: str
    submission: Submission | None = None  # the one that counts: the latest
    verdict: VerdictRow | None = None  # the latest of that submission
    override: Override | None = None
    history: list[VerdictRow] = field(default_factory=list)  # of all submissions, the earliest first
    points: float = 0.0  # what counts: after late policy and override
    earned: float = 0.0  # what the verdict says
    max_points: float = 0.0
    days_late: int = 0

    @property
    def status(self) -> str:
        """`missing`, `ungraded`, or the verdict's: `pass`, `fail`, `error`."""
        if self.submission is None:
            return "missing"
        return self.verdict.status if self.verdict else "ungraded"


@dataclass
class ClassView:
    """A whole class. `cells` has an entry for every student and exercise."""

    exercises: list[str]
    students: list[Student]
    cells: dict[tuple[str, str], Cell]  # by (student's key, exercise)
    refusals: list[Refusal]
    policy: Policy

    def row(self, student: Student) -> list[Cell]:
        """Return a student's cells, in the order of the exercises."""
        return [self.cells[student.key, exercise] for exercise in self.exercises]

    def column(self, exercise: str) -> list[Cell]:
        """Return an exercise's cells, in the order of the students."""
        return [self.cells[student.key, exercise] for student in self.students]

    def total(self, student: Student) -> float:
        """Return a student's grade in per cent: the weighted mean of the shares of points."""
        return self.policy.total({cell.exercise: (cell.points, cell.max_points) for cell in self.row(student)})


def read_class(
    session: Session, exercises: Sequence[str], policy: Policy, max_points: dict[str, float], whole: bool = True
) -> ClassView:
    """Read everything that a report or an export shows, in a handful of queries.

    Args:
        session: on a gradebook.
        exercises: which, in the order to show them.
        policy: late policy and weights.
        max_points: what each exercise is worth where nobody has a verdict.
        whole: also what is large: the bytes of submissions, the documents of verdicts. Without, each is read when it is used.
    """
    students = list(session.scalars(select(Student).order_by(Student.name, Student.key)))
    cells = {
        (student.key, exercise): Cell(student, exercise, max_points=max_points.get(exercise, 0.0))
        for student in students
        for exercise in exercises
    }
    query = select(Submission).options(joinedload(Submission.student), joinedload(Submission.verdicts))
    if not whole:
        query = query.options(defer(Submission.data), joinedload(Submission.verdicts).defer(VerdictRow.document))
    query = query.where(Submission.exercise.in_(exercises)).order_by(Submission.id)
    for submission in session.scalars(query).unique():
        cell = cells.get((submission.student.key, submission.exercise))
        if cell is None:
            continue
        cell.history += submission.verdicts
        if cell.submission is None or _moment(submission) >= _moment(cell.submission):
            cell.submission = submission
            cell.verdict = submission.verdicts[-1] if submission.verdicts else None
    for override in session.scalars(select(Override).where(Override.withdrawn_at.is_(None)).order_by(Override.id)):
        cell = cells.get((override.student.key, override.exercise))
        if cell is not None:
            cell.override = override
    for cell in cells.values():
        if cell.verdict:
            cell.earned, cell.max_points = cell.verdict.points, cell.verdict.max_points
        cell.points, cell.days_late = policy.apply(cell.exercise, cell.earned, cell.submission)
        if cell.override:
            cell.points = cell.override.points
    refusals = session.scalars(select(Refusal).options(joinedload(Refusal.student)).order_by(Refusal.id))
    standing = [refusal for refusal in refusals if not _made_good(refusal, cells)]
    return ClassView(list(exercises), students, cells, standing, policy)


def _made_good(refusal: Refusal, cells: dict[tuple[str, str], Cell]) -> bool:
    """Say whether a later intake held a file that could be graded in place of what was refused."""
    cell = cells.get((refusal.student.key, refusal.exercise)) if refusal.student and refusal.exercise else None
    return bool(cell and cell.submission and cell.submission.received_at > refusal.received_at)


def _moment(submission: Submission) -> tuple[float, float]:
    handed_in = submission.submitted_at or submission.received_at
    return handed_in.timestamp(), submission.received_at.timestamp()
