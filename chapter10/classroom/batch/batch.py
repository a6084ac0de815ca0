"""From submissions in the gradebook to verdicts in it: what is missing is graded, each verdict committed before it is told."""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from chapter10.classroom.batch.jobs import Graded, Job, Settings
from chapter10.classroom.batch.keys import engine_key, suite_key
from chapter10.classroom.gradebook import runs
from chapter10.classroom.gradebook.models import Run
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import Exercise
from chapter10.errors import BatchError
from chapter10.sandbox.limits import Deadlines, Limits


@dataclass(frozen=True)
class Options:
    """How to grade."""

    workers: int | None = None  # one for each core
    scheduler: str | None = None  # of a Dask cluster, in place of local workers
    isolation: str = "full"
    training: bool = True
    regrade: bool = False
    seed: int | None = None
    limits: Limits = field(default_factory=Limits)
    deadlines: Deadlines = field(default_factory=Deadlines)


@dataclass
class Tally:
    """How far a batch is."""

    total: int  # to be graded
    kept: int  # that have their verdict already
    statuses: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)
    first: float = 0.0  # when the first verdict was there

    @property
    def graded(self) -> int:
        """How many have been graded in this run."""
        return self.statuses.total()

    @property
    def seconds(self) -> float:
        """The time since it began."""
        return time.monotonic() - self.started

    @property
    def rate(self) -> float:
        """Submissions in a second, since the workers are warm."""
        return (self.graded - 1) / (time.monotonic() - self.first) if self.graded > 1 else self.graded / self.seconds

    def note(self, status: str) -> None:
        """Count a verdict."""
        self.first = self.first or time.monotonic()
        self.statuses[status] += 1

    @property
    def words(self) -> str:
        """The statuses in words: `12 passed, 3 failed, 1 not gradable`."""
        named = (("pass", "passed"), ("fail", "failed"), ("error", "not gradable"))
        return ", ".join(
            f"{self.statuses[status]} {word}" for status, word in named if self.statuses[status] or word == "passed"
        )


class Batch:
    """One run: made with what is to be graded, then `grade` does it."""

    def __init__(
        self, gradebook: Gradebook, submissions: Sequence[int], exercises: Sequence[Exercise], options: Options
    ) -> None:
        self._gradebook = gradebook
        self._options = options
        suites = {exercise.id: suite_key(exercise, options.training) for exercise in exercises}
        self._wanted = runs.Wanted(submissions, suites, engine_key(), options.regrade, options.seed)
        with gradebook.writing() as session:
            self.run: Run = runs.begin(session, self._wanted)
            self._pending = runs.pending(session, self._wanted, self.run)
        self._settings = Settings(
            tuple(exercises),
            self._wanted.engine,
            self.run.seed,
            options.isolation,
            options.training,
            options.limits,
            options.deadlines,
        )
        self.tally = Tally(len(self._pending), len(submissions) - len(self._pending))

    def grade(self, progress: Callable[[Tally], None] = lambda tally: None) -> Tally:
        """Grade what has no verdict yet. `progress` is called at the beginning and after each verdict.

        Raises:
            BatchError: the grading cannot begin or go on; what is committed stays, and the same call goes on there.
        """
        self.tally.started = time.monotonic()
        progress(self.tally)
        if self._pending:
            with contextlib.closing(self._verdicts()) as verdicts:
                for graded in verdicts:
                    self._commit(graded)
                    progress(self.tally)
        runs.finish(self._gradebook.writing, self.run)
        return self.tally

    def _verdicts(self) -> Generator[Graded, None, None]:
        if self._options.scheduler:
            try:
                from chapter10.classroom.batch.cluster import Cluster
            except ModuleNotFoundError as error:
                raise BatchError("Dask is not installed here.", "pip install 'chapter10[cluster]'") from error

            with Cluster(self._settings, self._options.scheduler) as cluster:
                yield from cluster.run(self._jobs())
        else:
            from chapter10.classroom.batch.pool import LocalPool

            workers = min(self._options.workers or cores(), len(self._pending))
            with LocalPool(self._settings, workers) as pool:
                yield from pool.run(self._jobs())

    def _jobs(self) -> Iterator[Job]:
        for identity, exercise, filename, data in runs.files(self._gradebook.session, self._pending):
            yield Job(identity, exercise, PurePath(filename).suffix.lower(), data)

    def _commit(self, graded: Graded) -> None:
        self._gradebook.save_verdict(
            graded.id,
            self._wanted.suites[graded.document["exercise"]],
            self._wanted.engine,
            graded.document,
            self.run.number,
            graded.max_points,
        )
        self.tally.note(graded.document["status"])


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
