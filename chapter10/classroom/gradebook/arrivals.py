"""What an intake found, kept in the gradebook."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from chapter10.classroom.found import Found, Intake, Person, Refused
from chapter10.classroom.gradebook.models import Refusal, Student, Submission, now

PORTION = 200  # files in one transaction: what is in memory twice, and what a kill makes the next run read again

Writing = Callable[[], AbstractContextManager[Session]]


@dataclass
class Arrivals:
    """What an intake brought."""

    submissions: list[int] = field(default_factory=list)  # their ids, in the order of the intake
    new: int = 0  # how many of them the gradebook did not know
    refused: int = 0


def take_in(writing: Writing, intake: Intake) -> Arrivals:
    """Write an intake's students, files and refusals; what is there already is refreshed."""
    arrivals = Arrivals(refused=len(intake.refused))
    moment = now()  # the same for all of an intake: what came later can be told from what came along
    with writing() as session:
        students = _enrol(session, intake)
        for refused in intake.refused:
            _refuse(session, refused, students, moment)
    for start in range(0, len(intake.found), PORTION):
        with writing() as session:
            rows = _keep(session, intake.found[start : start + PORTION], students, moment)
            arrivals.new += sum(row.id is None for row in rows)
            session.flush()
            arrivals.submissions += [row.id for row in rows]
    return arrivals


def _enrol(session: Session, intake: Intake) -> dict[str, int]:
    """Make the students who are missing, refresh those of whom the intake knows more; return the ids of all by key."""
    known = {student.key: student for student in session.scalars(select(Student))}
    handing_in = [found.person for found in intake.found] + [refused.person for refused in intake.refused if refused.person]
    for person in [*intake.people, *handing_in]:
        key = _key(person)
        student = known.get(key)
        if student is None:
            student = known[key] = Student(key=key, name="", email="", section="", ids={})
            session.add(student)
        student.name = fit(person.name, 200) or student.name
        student.email = fit(person.email, 200) or student.email
        student.section = fit(person.section, 100) or student.section
        if student.ids != student.ids | person.ids:
            student.ids = student.ids | person.ids
    session.flush()
    return {key: student.id for key, student in known.items()}


def _keep(session: Session, portion: list[Found], students: dict[str, int], moment: datetime) -> list[Submission]:
    """Return the rows of some files, in their order; those that are not there yet are made."""
    owners = {students[_key(found.person)] for found in portion}
    query = select(Submission).options(defer(Submission.data)).where(Submission.student_id.in_(owners))
    known = {(row.student_id, row.exercise, row.sha256): row for row in session.scalars(query)}
    rows = []
    for found in portion:
        key = (students[_key(found.person)], found.exercise, found.sha256)
        row = known.get(key)
        if row is None:
            row = known[key] = Submission(student_id=key[0], exercise=key[1], sha256=key[2], data=found.data)
            session.add(row)
        row.filename, row.origin = fit(found.filename, 300), fit(found.origin, 1000)
        row.submitted_at, row.late, row.received_at = found.submitted_at, found.late, moment
        rows.append(row)
    return rows


def _refuse(session: Session, refused: Refused, students: dict[str, int], moment: datetime) -> None:
    origin, reason = fit(refused.origin, 1000), fit(refused.reason, 1000)
    row = session.scalar(select(Refusal).where(Refusal.origin == origin, Refusal.reason == reason))
    if row is None:
        row = Refusal(origin=origin, reason=reason)
        session.add(row)
    row.student_id = students[_key(refused.person)] if refused.person else None
    row.exercise = fit(refused.exercise, 100) if refused.exercise else None
    row.kind, row.received_at = fit(refused.kind, 40), moment


def _key(person: Person) -> str:
    return fit(person.key, 200)


def fit(text: str, length: int) -> str:
    """Return `text` as every database can hold it: no NUL, no half characters (file names have them), not too long.

    What is cut ends in a hash of the whole, so that two long names stay two.
    """
    text = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if len(text) <= length:
        return text
    return f"{text[: length - 17]}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"
