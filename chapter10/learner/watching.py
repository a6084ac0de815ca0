"""The watch without its screen: gradings that can be called off, and news of the files that were saved."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chapter10.course import Exercise
from chapter10.grading.results import TestResult, Verdict
from chapter10.grading.session import Grader
from chapter10.learner.answers import Answer
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.transports import ChildTransport, Script, Source

TrainingProgress = Callable[[TestResult, float], None]


@dataclass
class _Under:
    """The grading under way."""

    answer: Answer
    called_off: bool = False
    transport: ChildTransport | None = None


class Checker:
    """Grades answers in an open session, the quick tests first; `call_off` ends a grading early, from any thread."""

    def __init__(self, grader: Grader, engine: Engine) -> None:
        self._grader = grader
        self._engine = engine
        self._lock = threading.Lock()
        self._under: _Under | None = None
        self._scripts: dict[str, Script] = {}

    def check(
        self, exercise: Exercise, answer: Answer, fast: bool = False, training: TrainingProgress | None = None
    ) -> Verdict | None:
        """Return the verdict, None when it was called off. Tests that train run when all others have passed, unless `fast`.

        Args:
            exercise: which suite.
            answer: the learner's file.
            fast: leave out the tests that train a model.
            training: called with the test that trains and how far it is, from 0 to 1.
        """
        under = _Under(answer)
        with self._lock:
            self._under = under
        try:
            titles: dict[str, str] = {}
            verdict = self._grade(
                under, exercise, lambda name, title: titles.setdefault(name, title) is not None, training=False
            )
            ran = {test.name for test in verdict.tests}
            later = [name for name in titles if name not in ran]
            if fast or not later or under.called_off:
                return None if under.called_off else answer.annotate(verdict)
            if verdict.status == "pass":
                for name in later:
                    self._train(under, exercise, verdict, name, titles[name], training)
            else:
                each = max(self._grader.max_points(exercise) - verdict.max_points, 0.0) / len(later)
                words = "Comes when all others pass."
                verdict.tests += [TestResult(name, titles[name], "skip", 0.0, each, words) for name in later]
            return None if under.called_off else answer.annotate(verdict)
        finally:
            with self._lock:
                self._under = None

    def call_off(self, unless: Callable[[Answer], bool] = lambda answer: False) -> None:
        """End the grading under way, if there is one and `unless` does not say that it is still wanted."""
        with self._lock:
            under = self._under
            if under is None or unless(under.answer):
                return
            under.called_off = True
            if under.transport is not None:
                under.transport.call_off()

    def _train(
        self, under: _Under, exercise: Exercise, verdict: Verdict, name: str, title: str, training: TrainingProgress | None
    ) -> None:
        """Run one test that trains, and add what it found to `verdict`."""
        told = TestResult(name, title, "skip", 0.0, 0.0)
        if training is not None:
            training(told, 0.0)
        share = (lambda part: training(told, part)) if training is not None else None
        found = self._grade(under, exercise, lambda other, _: other == name, training=True, training_progress=share)
        verdict.tests += found.tests
        verdict.flags += [flag for flag in found.flags if flag not in verdict.flags]
        verdict.output = (verdict.output + found.output)[-20_000:]
        verdict.duration += found.duration

    def _grade(self, under: _Under, exercise: Exercise, wanted: Callable[[str, str], bool], **options: Any) -> Verdict:
        answer = under.answer
        source = Source(exercise.id, answer.filename, answer.text, exercise.forbidden, exercise.forbidden_operators)
        script = self._scripts.setdefault(exercise.id, Script())
        transport = ChildTransport(self._engine, source, script, self._grader.deadlines)
        with self._lock:
            under.transport = transport
            transport.called_off = under.called_off
        return self._grader.grade(exercise, answer.text, answer.filename, wanted=wanted, transport=transport, **options)


class SavedFiles:
    """A thread that tells `tell(names)` which of the wanted files in a folder were written, replaced, renamed or removed.

    The system's news comes at once. Twice a second the files are looked at as well: news may be missed while the watch is set
    up, and network drives send none.
    """

    STEP = 10  # milliseconds of silence after which a change is told
    LONGEST = 100  # milliseconds for which changes are gathered at most
    LOOK = 500  # milliseconds between two looks

    def __init__(
        self, folder: Path, names: Iterable[str], tell: Callable[[set[str]], None], lost: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._names = frozenset(names)
        self._tell = tell
        self._lost = lost
        self._seen = self._look()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chapter10-files", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stop.set()

    def _run(self) -> None:
        from watchfiles import watch

        try:
            for changes in watch(
                self._folder,
                watch_filter=lambda _, path: Path(path).name in self._names,
                debounce=self.LONGEST,
                step=self.STEP,
                stop_event=self._stop,
                rust_timeout=self.LOOK,
                yield_on_timeout=True,
                recursive=False,
                raise_interrupt=False,
            ):
                now = self._look()
                news = {name for name in self._names if now[name] != self._seen[name]} | {
                    Path(path).name for _, path in changes
                }
                self._seen = now
                if news:
                    self._tell(news)
                if not self._folder.is_dir():
                    break
        except Exception as error:  # the folder was moved away, no more inotify watches, …
            self._lost(f"{self._folder} can no longer be watched: {error}")
            return
        if not self._stop.is_set():
            self._lost(f"{self._folder} is no longer there.")

    def _look(self) -> dict[str, tuple[int, int, int] | None]:
        """Return what a change of each file would change."""
        found: dict[str, tuple[int, int, int] | None] = {}
        for name in self._names:
            try:
                state = os.stat(self._folder / name)
                found[name] = (state.st_mtime_ns, state.st_size, state.st_ino)
            except OSError:
                found[name] = None
        return found
