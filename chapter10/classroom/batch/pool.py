"""Local workers: as many processes as asked for, a lost one replaced, its job tried once more."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import wait

from chapter10.classroom.batch.jobs import Graded, Job, Settings
from chapter10.classroom.batch.process import WorkerLost, WorkerProcess
from chapter10.errors import BatchError

AHEAD = 2  # jobs in a worker's hands: the one it grades, and the one it goes on with
ATTEMPTS = 2  # then the job gets a verdict that says why there is no better one
LOST = "Grading this file was tried twice, and each time the grader ended: {how}."
MOST_STILLBORN = 3
STUCK_SECONDS = 3600.0  # the backstop of the engine's own clocks, which end four trainings within a quarter of an hour
LOOK_SECONDS = 5.0


class LocalPool:
    """Grades jobs on this machine. Close it, or use it as a context manager."""

    def __init__(self, settings: Settings, workers: int) -> None:
        self._settings = settings
        self._workers = [WorkerProcess(settings) for _ in range(workers)]
        self._again: deque[Job] = deque()  # jobs whose worker was lost
        self._losses: Counter[int] = Counter()  # by job
        self._stillborn = 0  # workers in a row that have ended before they were ready

    def __enter__(self) -> LocalPool:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(now=kind is not None)

    def run(self, jobs: Iterator[Job]) -> Iterator[Graded]:
        """Yield the verdicts on `jobs` as they come, in any order; `jobs` is read only as fast as they are graded.

        Raises:
            BatchError: no worker can grade: walls are missing, a suite is broken, the engine does not start.
        """
        while True:
            self._hand_out(jobs)
            busy = {worker.connection: worker for worker in self._workers if worker.jobs}
            if not busy:
                return
            for connection in wait(list(busy), LOOK_SECONDS):
                worker = busy[connection]  # type: ignore[index]
                try:
                    word = worker.receive()
                except WorkerLost as error:
                    self._replace(worker, error)
                    continue
                self._stillborn = 0
                if isinstance(word, Graded):
                    yield word
            self._end_the_stuck()

    def close(self, now: bool = False) -> None:
        """End the workers; `now` in the midst of their work."""
        for worker in self._workers:
            worker.dismiss(now)
        for worker in self._workers:
            worker.close()
        self._workers = []

    def _hand_out(self, jobs: Iterator[Job]) -> None:
        """Fill the workers' hands evenly: at the end of a run nobody has two jobs while another has none."""
        for most in range(1, AHEAD + 1):
            for worker in self._workers:
                if len(worker.jobs) < most:
                    job = self._again.popleft() if self._again else next(jobs, None)
                    if job is None:
                        return
                    worker.give(job)

    def _replace(self, worker: WorkerProcess, error: WorkerLost) -> None:
        """Put a fresh worker in the place of a lost one. The job it was grading is suspect; those behind it are not."""
        first, *others = worker.jobs
        if worker.ready:
            self._losses[first.id] += 1
            if self._losses[first.id] >= ATTEMPTS:
                first = replace(first, data=b"", lost=LOST.format(how=error))
        else:
            self._stillborn += 1
            if self._stillborn >= MOST_STILLBORN:
                raise not_starting(error)
        self._again.extend([first, *others])
        self._workers[self._workers.index(worker)] = WorkerProcess(self._settings)

    def _end_the_stuck(self) -> None:
        for worker in self._workers:
            if worker.ready and worker.jobs and time.monotonic() - worker.since > STUCK_SECONDS:
                worker.kill()


def not_starting(error: WorkerLost) -> BatchError:
    """Return what to tell when processes end before they are ready."""
    return BatchError(f"The grading processes do not start: {error}.", "`chapter10 doctor` says what is missing.")
