"""A grader in a process of its own, for programs that cannot host a grading session: nbgrader's commands, a notebook's kernel.

It warms up once, holds the suites of the whole course, and ends with the program that started it, or when nobody has asked it
anything for a while. Importing this imports neither torch nor pytest.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chapter10.errors import Chapter10Error, EngineError

if TYPE_CHECKING:
    from chapter10.course import Exercise
    from chapter10.grading.results import Verdict
    from chapter10.grading.session import Grader

IDLE_SECONDS = 900.0  # a kernel may be open for days, and a warm grader holds half a gigabyte
UNSEEN = "It fails on inputs that are not shown here."


class Service:
    """The process, and the pipe to it. Safe to be used by several threads, one question at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._errors: Any = None

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def grade(
        self, exercise: str, cells: Sequence[str], filename: str, *, fresh: bool = False, isolation: str = "process"
    ) -> dict[str, Any]:
        """Grade the code cells of a notebook.

        Args:
            exercise: which suite.
            cells: the source of each code cell; messages count them from 1.
            filename: how messages call the notebook.
            fresh: on inputs drawn anew, where the solutions are installed; neither they nor what was expected for them is
                told. Otherwise on the recorded ones.
            isolation: the least to accept, "full" or "process".

        Returns:
            {"verdict": as `Verdict.as_dict` makes it, "groups": the tests' points by what they are about}

        Raises:
            Chapter10Error: there is no such exercise, or the engine failed.
        """
        return self._ask(
            {"exercise": exercise, "cells": list(cells), "filename": filename, "fresh": fresh, "isolation": isolation}
        )

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            for attempt in range(2):
                try:
                    reply = self._exchange(question)
                    break
                except (EOFError, OSError) as error:  # it has ended: idle for too long, or killed
                    words = self._last_words()
                    self._end()
                    if attempt:
                        raise EngineError(f"The grader ended: {words}", "Run `chapter10 doctor`.") from error
                except BaseException:  # Ctrl-C: its answer must not be taken for that to the next question
                    self._end()
                    raise
        if "error" in reply:
            raise Chapter10Error(reply["error"], reply["hint"])
        return reply

    def _exchange(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._pipe is None:
            self._start()
        assert self._pipe is not None
        self._pipe.send_bytes(json.dumps(question).encode())
        return json.loads(self._pipe.recv_bytes())

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "chapter10.service", str(theirs.fileno())],  # -P: not from the learner's folder
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,  # in a kernel, a word on stderr would cost a cell its points
                start_new_session=True,
            )
        self._pipe = Connection(ours.detach())

    def _last_words(self) -> str:
        if self._errors is None:
            return "it did not start"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "without a word"

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            try:
                self._process.wait(timeout=2)  # it ends by itself when the pipe does, and its engine with it
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._errors is not None:
            self._errors.close()
        self._process = self._pipe = self._errors = None


@functools.cache
def shared() -> Service:
    """Return the one service of this program. It ends with it."""
    service = Service()
    atexit.register(service.close)
    return service


# In the other process ----------------------------------------------------------------------------------------------------


def serve(pipe: Connection) -> None:
    """Answer what comes through the pipe, until nobody is there any more."""
    from chapter10.course import load_course
    from chapter10.sandbox.engine import Engine

    with Engine() as engine:  # it warms up while this process imports torch
        from chapter10.grading.session import open_session

        course = load_course()

        def body(grader: Grader) -> None:
            shown = grader.on_recording()
            while pipe.poll(IDLE_SECONDS):
                try:
                    question = json.loads(pipe.recv_bytes())
                except EOFError:
                    return
                try:
                    exercise = course[question["exercise"]]
                    grader.require(question["isolation"])
                    verdict = _grade(grader, shown, exercise, question)
                    reply: dict[str, Any] = {"verdict": verdict.as_dict(), "groups": grader.groups(exercise)}
                except Chapter10Error as error:
                    reply = {"error": error.message, "hint": error.hint}
                pipe.send_bytes(json.dumps(reply).encode())

        open_session(course.exercises, body, engine=engine)


def _grade(grader: Grader, shown: Grader, exercise: Exercise, question: dict[str, Any]) -> Verdict:
    from chapter10.learner.answers import Answer
    from chapter10.learner.notebook import join

    notebook = join(question["cells"])
    answer = Answer(Path(question["filename"]), notebook.text, notebook.place)
    if not question["fresh"]:
        return answer.annotate(shown.grade(exercise, answer.text, answer.filename))
    verdict = grader.grade(exercise, answer.text, answer.filename, explain=False)
    if verdict.status == "fail" and not verdict.environment["recorded"]:
        _veil(verdict, answer, shown, exercise)
    return answer.annotate(verdict)


def _veil(verdict: Verdict, answer: Any, shown: Grader, exercise: Exercise) -> None:
    """Replace what is said about inputs drawn anew by what is said about the recorded ones, which every learner may see."""
    failed = {test.name for test in verdict.tests if test.status == "fail"}
    again = shown.grade(exercise, answer.text, answer.filename, wanted=lambda name, title: name in failed, training=False)
    told = {test.name: test for test in again.tests}
    for test in verdict.tests:
        other = told.get(test.name)
        if test.status != "fail" or other is None:  # a training has no inputs to hide: its message names the accuracy
            continue
        test.message, test.help = (other.message, other.help) if other.status == "fail" else (UNSEEN, "")
        test.misconception, test.counterexample = other.misconception, other.counterexample


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # whoever asked is gone
        serve(Connection(int(sys.argv[1])))
    os._exit(0)  # taking torch down in order costs time, and somebody is waiting
