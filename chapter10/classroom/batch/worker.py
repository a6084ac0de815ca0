"""The process that grades: one warm engine and one pytest session for as long as there are jobs.

Started by `process.py` as `python -m chapter10.classroom.batch.worker DESCRIPTOR`, in a folder of its own that is removed after
it. It ends when it is told to, and at once when nobody is at the other end any more.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from chapter10.classroom.batch.jobs import Graded, Job, Ready, Settings, Unfit
from chapter10.classroom.batch.keys import engine_key
from chapter10.course import Exercise
from chapter10.errors import Chapter10Error, EngineError, WorkspaceError
from chapter10.learner.answers import Answer
from chapter10.sandbox.engine import Engine

if TYPE_CHECKING:
    from chapter10.grading.results import Verdict
    from chapter10.grading.session import Grader

Jobs = queue.SimpleQueue[Job | None]


def main() -> int:
    """Grade what comes through the descriptor that the command line names."""
    _take_turns()
    connection: Connection = Connection(int(sys.argv[1]))
    settings: Settings = connection.recv()
    jobs: Jobs = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, jobs), daemon=True).start()
    ready = False

    def body(grader: Grader) -> None:
        nonlocal ready
        grader.require(settings.isolation)
        connection.send(Ready(grader.engine.isolation.level))
        ready = True
        while (job := jobs.get()) is not None:
            connection.send(_grade(grader, settings, job))

    try:
        if settings.engine != engine_key():
            raise EngineError(
                f"A worker has another engine ({engine_key()}) than this machine ({settings.engine}).",
                "Install the same versions on both.",
            )
        with Engine(limits=settings.limits) as engine:  # warms up while the grader imports torch
            from chapter10.grading.session import open_session

            open_session(settings.exercises, body, engine=engine, seed=settings.seed, deadlines=settings.deadlines)
    except Chapter10Error as error:
        if ready:
            print(error.message, file=sys.stderr)  # the last words, for the verdict on what was being graded
        else:
            connection.send(Unfit(error.message, error.hint))
        return 1
    return 0


def _take_turns() -> None:
    """Keep grader and submission, which share a core, from breaking in on each other with every message.

    A process of this scheduling class gives way to nobody who has just been woken: it goes on until it has to wait. All that it
    starts belongs to the class as well.
    """
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):  # not allowed here: a little slower
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _listen(connection: Connection, jobs: Jobs) -> None:
    """Take jobs in while another one is graded."""
    try:
        while True:
            jobs.put(connection.recv())
    except (EOFError, OSError):
        shutil.rmtree(os.getcwd(), ignore_errors=True)  # the one who would have done it is gone
        os._exit(1)


def _grade(grader: Grader, settings: Settings, job: Job) -> Graded:
    exercise = next(entry for entry in settings.exercises if entry.id == job.exercise)
    return Graded(job.id, _verdict(grader, settings, exercise, job).as_dict(), grader.max_points(exercise))


def _verdict(grader: Grader, settings: Settings, exercise: Exercise, job: Job) -> Verdict:
    from chapter10.grading.results import Verdict

    if job.lost:
        return Verdict(exercise.id, error=job.lost)
    path = Path(f"{exercise.id}{job.suffix}")  # not as the student called it: the same bytes get the same verdict
    path.write_bytes(job.data)
    try:
        answer = Answer.read(path)
    except WorkspaceError as error:
        return Verdict(exercise.id, error=f"{error.message} {error.hint}".strip())
    return answer.annotate(grader.grade(exercise, answer.text, answer.filename, training=settings.training))


if __name__ == "__main__":
    sys.exit(main())
