"""The same work on a Dask cluster: each of its workers keeps warm grading processes, as many as it has threads.

The bytes of submissions go through Dask to a worker, a bundle in each task, and on to one of its grading processes
(`process.py`); no code of a learner runs in a Dask process. A lost Dask worker is Dask's business: another one gets
the task.
"""

from __future__ import annotations

import itertools
import logging
import queue
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from distributed import Client, Future, WorkerPlugin, as_completed, get_worker
from distributed.scheduler import KilledWorker

from chapter10.classroom.batch.jobs import Graded, Job, Settings
from chapter10.classroom.batch.pool import ATTEMPTS, LOST, not_starting
from chapter10.classroom.batch.process import WorkerLost, WorkerProcess
from chapter10.errors import BatchError

AHEAD = 2  # bundles of jobs for each thread of the cluster: the one it grades, and the one it goes on with
BUNDLE_SECONDS = 0.5
MOST = 16  # jobs in a bundle
CONNECT_SECONDS = 20


@dataclass(frozen=True)
class Answer:
    """What came of a bundle of jobs."""

    graded: list[Graded]
    lost: str = ""  # how the grading process ended on the job after these


class Graders(WorkerPlugin):
    """The grading processes of one Dask worker."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.settings = settings
        self.name = name

    def setup(self, worker: Any) -> None:
        """Prepare; the processes are started when there is work."""
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()

    def teardown(self, worker: Any) -> None:
        """End the processes: the run is over, or the worker is."""
        while not self._idle.empty():
            process = self._idle.get_nowait()
            process.dismiss(now=True)
            process.close()

    def grade(self, bundle: list[Job]) -> Answer:
        """Grade in a process that has nothing to do, or in a new one.

        Raises:
            BatchError: this machine is not fit to grade.
        """
        try:
            process = self._idle.get_nowait()
        except queue.Empty:
            process = WorkerProcess(self.settings)
        for job in bundle:
            process.give(job)
        graded: list[Graded] = []
        try:
            while process.jobs:
                word = process.receive()
                if isinstance(word, Graded):
                    graded.append(word)
        except WorkerLost as error:
            if not process.ready:
                raise not_starting(error) from None
            return Answer(graded, str(error))
        except BatchError:
            process.close()
            raise
        self._idle.put(process)
        return Answer(graded)


def _grade(bundle: list[Job], name: str) -> Answer:
    """Grade some jobs: what Dask calls on its worker."""
    graders = get_worker().plugins[name]
    assert isinstance(graders, Graders)
    return graders.grade(bundle)


class Cluster:
    """Grades jobs on a Dask cluster. Close it, or use it as a context manager."""

    def __init__(self, settings: Settings, address: str) -> None:
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters of it is said in our words
        try:
            self._client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise BatchError(f"No Dask scheduler answers at {address}: {error}.", "Start one: `dask scheduler`.") from error
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            self._client.close()
            raise BatchError(
                f"The Dask scheduler at {address} has no workers.", f"Start some: `dask worker {address}`."
            ) from None
        self._name = f"chapter10-{uuid.uuid4().hex}"
        self._client.register_plugin(Graders(settings, self._name))
        self._address = address
        self._again: deque[Job] = deque()  # jobs that have got no verdict
        self._losses: Counter[int] = Counter()  # by job
        self._seconds = BUNDLE_SECONDS  # that a job takes, lately

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, jobs: Iterator[Job]) -> Iterator[Graded]:
        """Yield the verdicts on `jobs` as they come, in any order; `jobs` is read only as fast as they are graded.

        Raises:
            BatchError: a worker is not fit to grade, or the scheduler is gone.
        """
        asked: dict[Future, list[Job]] = {}
        answers = as_completed(loop=self._client.loop)
        while True:
            while len(asked) < AHEAD * max(sum(self._client.nthreads().values()), 1) and (bundle := self._bundle(jobs)):
                future = self._client.submit(_grade, bundle, self._name, pure=False)
                asked[future] = bundle
                answers.add(future)
            if not asked:
                return
            future = next(answers)
            yield from self._judge(asked.pop(future), future)

    def close(self) -> None:
        """Drop what is not done, end the grading processes, and leave the cluster as it was."""
        if self._client.status == "running":
            self._client.unregister_worker_plugin(self._name)
        self._client.close()

    def _bundle(self, jobs: Iterator[Job]) -> list[Job]:
        """Return jobs for about half a second: Dask's own work for a task is as much as grading a tenth of a file."""
        size = min(max(int(BUNDLE_SECONDS / self._seconds), 1), MOST)
        again = [self._again.popleft() for _ in range(min(size, len(self._again)))]
        return again + list(itertools.islice(jobs, size - len(again)))

    def _judge(self, bundle: list[Job], future: Future) -> Iterator[Graded]:
        """Yield the verdicts on a bundle; what has none is put back, or given up if that has happened before."""
        if future.status == "finished":
            answer: Answer = future.result()
        elif future.status == "cancelled" or self._client.status != "running":
            raise BatchError(f"The Dask scheduler at {self._address} is gone.", "Start it again, then repeat the command.")
        else:
            error = future.exception()
            if not isinstance(error, KilledWorker):
                raise error
            answer = Answer([], str(error))  # Dask has tried it on several workers, and lost each of them
        for graded in answer.graded:
            self._seconds += (graded.document["duration"] - self._seconds) / 8
            yield graded
        done = {graded.id for graded in answer.graded}
        missing = [job for job in bundle if job.id not in done]
        if missing:
            self._losses[missing[0].id] += 1
            if self._losses[missing[0].id] >= ATTEMPTS:
                missing[0] = replace(missing[0], data=b"", lost=LOST.format(how=answer.lost))
            self._again.extend(missing)
