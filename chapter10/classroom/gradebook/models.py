"""The tables of a gradebook. `store.py` is the only module that writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Double, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: aware on the way in and out, also where the database (SQLite) keeps no zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store it in UTC, without a zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read it as UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    type_annotation_map: ClassVar = {float: Double}


class Student(Base):
    """One student; `key` is the roster's id, or the name that the submission goes by where there is no roster."""

    __tablename__ = "students"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    section: Mapped[str] = mapped_column(String(100), default="")
    ids: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # of other systems: canvas_id, sis_id, login, moodle_id

    submissions: Mapped[list[Submission]] = relationship(back_populates="student")
    overrides: Mapped[list[Override]] = relationship(back_populates="student")


class Submission(Base):
    """One file of one student for one exercise, as it came in. The same bytes handed in twice are one row."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("student_id", "exercise", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), index=True)
    exercise: Mapped[str] = mapped_column(String(100), index=True)
    filename: Mapped[str] = mapped_column(String(300))
    origin: Mapped[str] = mapped_column(Text)  # where in the intake it was found: class.zip!ada/attention.py
    sha256: Mapped[str] = mapped_column(String(64))  # of the file's bytes
    data: Mapped[bytes] = mapped_column(LargeBinary)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)  # what the download says; None where it does not
    late: Mapped[bool] = mapped_column(default=False)  # what the learning platform says of it
    received_at: Mapped[datetime] = mapped_column(Instant, default=now)  # the last intake that held it

    student: Mapped[Student] = relationship(back_populates="submissions")
    verdicts: Mapped[list[VerdictRow]] = relationship(back_populates="submission", order_by="VerdictRow.id")


class VerdictRow(Base):
    """One grading. Its key is (submission, suite, engine, run): a second run with the same key grades nothing."""

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("submission_id", "suite", "engine", "run"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), index=True)
    suite: Mapped[str] = mapped_column(String(64))  # sha256 of the suite and all that its verdict depends on
    engine: Mapped[str] = mapped_column(String(100))  # chapter10's version and torch's
    run: Mapped[int] = mapped_column(default=0)  # counts up with --regrade
    torch: Mapped[str] = mapped_column(String(50))
    seed: Mapped[int | None] = mapped_column(BigInteger)
    isolation: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10))  # pass, fail, error
    points: Mapped[float] = mapped_column()
    max_points: Mapped[float] = mapped_column()
    duration: Mapped[float] = mapped_column()  # seconds
    graded_at: Mapped[datetime] = mapped_column(Instant, default=now)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)  # Verdict.as_dict()

    submission: Mapped[Submission] = relationship(back_populates="verdicts")


class Run(Base):
    """One call of `chapter10 grade`: what it graded with, so that the next one goes on where it stopped."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    engine: Mapped[str] = mapped_column(String(100))
    suites: Mapped[dict[str, str]] = mapped_column(JSON)  # by exercise, as in the verdicts
    seed: Mapped[int] = mapped_column(BigInteger)  # of everybody's inputs
    number: Mapped[int] = mapped_column(default=0)  # what its verdicts have as `run`; above 0 with --regrade
    started_at: Mapped[datetime] = mapped_column(Instant, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)  # None when it was stopped


class Setting(Base):
    """Something that the gradebook remembers by name: `policy`, the late policy and weights it was last graded with."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class Refusal(Base):
    """Something in the intake that cannot be graded, and why: nobody disappears."""

    __tablename__ = "refusals"
    __table_args__ = (UniqueConstraint("origin", "reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("students.id"), index=True)
    exercise: Mapped[str | None] = mapped_column(String(100))
    origin: Mapped[str] = mapped_column(String(1000))
    reason: Mapped[str] = mapped_column(String(1000))  # a sentence for the instructor
    kind: Mapped[str] = mapped_column(String(40))  # empty, oversized, duplicate, symlink, encoding, misnamed, broken, …
    received_at: Mapped[datetime] = mapped_column(Instant, default=now)

    student: Mapped[Student | None] = relationship()


class Override(Base):
    """Points that a person decided on, in place of the verdict's. The latest that is not withdrawn counts."""

    __tablename__ = "overrides"
    __table_args__ = (Index("ix_overrides_student_exercise", "student_id", "exercise"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"))
    exercise: Mapped[str] = mapped_column(String(100))
    points: Mapped[float] = mapped_column()
    author: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    student: Mapped[Student] = relationship(back_populates="overrides")
