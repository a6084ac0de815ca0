"""What a call of `grade` has still to do, and with which seed: from the gradebook alone, so that a killed run goes on."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from chapter10.classroom.gradebook.models import Run, Submission, VerdictRow, now

PORTION = 500  # ids in one query


@dataclass(frozen=True)
class Wanted:
    """Which verdicts a run is to bring about."""

    submissions: Sequence[int]  # ids
    suites: dict[str, str]  # by exercise: the keys of the suites
    engine: str
    regrade: bool = False
    seed: int | None = None


def begin(session: Session, wanted: Wanted) -> Run:
    """Return the run that brings the wanted verdicts about: a regrading that was stopped is taken up, anything else is new.

    A new one has the seed that the class has met already with this engine and one of these suites; a regrading draws another.
    """
    alike = select(Run).where(Run.engine == wanted.engine).order_by(Run.id.desc())
    earlier = [run for run in session.scalars(alike) if run.suites.items() & wanted.suites.items()]
    if wanted.regrade:
        stopped = next((run for run in earlier if run.number), None)
        if stopped and not stopped.finished_at and stopped.suites == wanted.suites and wanted.seed in (None, stopped.seed):
            return stopped
        number = (session.scalar(select(func.max(Run.number))) or 0) + 1
        earlier = []
    else:
        number = 0
    seed = wanted.seed
    if seed is None:
        # From a seed this long a child, which sees numbers made with it, can compute neither it nor other numbers.
        seed = earlier[0].seed if earlier else secrets.randbits(52)
    run = Run(engine=wanted.engine, suites=wanted.suites, seed=seed, number=number)
    session.add(run)
    session.flush()
    return run


def pending(session: Session, wanted: Wanted, run: Run) -> list[int]:
    """Return the submissions that have no verdict of this run yet, or of any, when it does not regrade."""
    missing: set[int] = set()
    for start in range(0, len(wanted.submissions), PORTION):
        portion = wanted.submissions[start : start + PORTION]
        for exercise, suite in wanted.suites.items():
            done = exists().where(
                VerdictRow.submission_id == Submission.id,
                VerdictRow.suite == suite,
                VerdictRow.engine == wanted.engine,
                VerdictRow.run >= run.number,
            )
            query = select(Submission.id).where(Submission.id.in_(portion), Submission.exercise == exercise, ~done)
            missing.update(session.scalars(query))
    return [identity for identity in wanted.submissions if identity in missing]


def finish(writing: Callable[[], AbstractContextManager[Session]], run: Run) -> None:
    """Note that nothing of a run is left to do."""
    with writing() as session:
        session.merge(run).finished_at = now()


def files(open_session: Callable[[], Session], identities: Sequence[int]) -> Iterator[tuple[int, str, str, bytes]]:
    """Yield id, exercise, file name and bytes of submissions, a few in memory at a time."""
    for start in range(0, len(identities), 20):
        portion = identities[start : start + 20]
        query = select(Submission.id, Submission.exercise, Submission.filename, Submission.data)
        with open_session() as session:
            rows = {row.id: row for row in session.execute(query.where(Submission.id.in_(portion)))}
        for row in (rows[identity] for identity in portion):
            yield row.id, row.exercise, row.filename, row.data
