"""A grading process, as seen by the one who gives it work: the local pool, or a worker of a cluster."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from multiprocessing.connection import Connection

from chapter10.classroom.batch.jobs import Graded, Job, Ready, Settings, Unfit
from chapter10.errors import BatchError

COMMAND = (sys.executable, "-m", "chapter10.classroom.batch.worker")
END_SECONDS = 10.0  # for a worker that is told to end to close its engine


class WorkerLost(Exception):
    """The process has ended with work in its hands; the message says how."""


class WorkerProcess:
    """One process of `worker.py`. It warms up by itself; jobs can be given to it at once."""

    def __init__(self, settings: Settings) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chapter10-worker-", ignore_cleanup_errors=True)
        self._errors = tempfile.TemporaryFile()
        self.jobs: deque[Job] = deque()  # given and not answered; the first is being graded
        self.since = time.monotonic()  # when it began with that one
        self.ready = False  # whether it has warmed up
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*COMMAND, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                cwd=self._folder.name,
                start_new_session=True,  # Ctrl-C in the terminal is for the classroom to handle
            )
        self.connection: Connection = Connection(ours.detach())
        with contextlib.suppress(OSError):  # it died at once: `receive` tells
            self.connection.send(settings)

    def give(self, job: Job) -> None:
        """Hand over a job; it waits there until those before it are done."""
        if not self.jobs:
            self.since = time.monotonic()
        self.jobs.append(job)
        with contextlib.suppress(OSError):  # it has died: `receive` tells
            self.connection.send(job)

    def receive(self) -> Ready | Graded:
        """Wait for the next word of the worker.

        Raises:
            BatchError: the worker is not fit to grade.
            WorkerLost: it has ended.
        """
        try:
            word = self.connection.recv()
        except (EOFError, OSError):
            raise WorkerLost(self._end()) from None
        if isinstance(word, Unfit):
            raise BatchError(word.message, word.hint)
        if isinstance(word, Ready):
            self.ready = True
        else:
            self.jobs.popleft()
        self.since = time.monotonic()
        return word

    def kill(self) -> None:
        """End it in the midst of its work; `receive` then says that it is lost."""
        self.process.kill()

    def dismiss(self, now: bool = False) -> None:
        """Tell it to end after the jobs it has, or `now`; `close` waits for it."""
        if now:
            self.connection.close()  # at which it ends, and its engine with it
            return
        with contextlib.suppress(OSError):
            self.connection.send(None)

    def close(self) -> None:
        """Wait until it has ended, and clear away what it leaves."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        self._end()

    def _end(self) -> str:
        """Make sure that it has ended; return how, in words."""
        self.connection.close()
        try:
            code = self.process.wait(1.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._folder.cleanup()
        if self._errors.closed:
            return ""
        with self._errors as errors:
            errors.seek(0, os.SEEK_END)
            errors.seek(max(errors.tell() - 4096, 0))
            lines = errors.read().decode(errors="replace").strip().splitlines()
        if code < 0:
            return f"it was ended by {signal.Signals(-code).name}"
        return lines[-1][:300] if lines else f"it ended with code {code}"
