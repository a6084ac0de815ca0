"""One pytest session, one warm engine, any number of submissions.

`pytest.main` costs more than a grading, so it is called once: `open_session(exercises, body)` collects the suites and
hands a `Grader` to `body`, which grades whatever it likes for as long as it likes.
"""

from __future__ import annotations

import os
import platform
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch

from chapter10.course import Exercise
from chapter10.errors import EngineError
from chapter10.grading import diagnosis, flags
from chapter10.grading.plugin import Run, SuitePlugin
from chapter10.grading.results import Flag, TestResult, Verdict
from chapter10.grading.suite import GROUPS
from chapter10.grading.tape import Tape
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.limits import Deadlines
from chapter10.sandbox.transports import ChildTransport, LocalTransport, Script, Source

T = TypeVar("T")

_UNUSED = (
    "cacheprovider terminal logging capture faulthandler unraisableexception threadexception warnings doctest unittest "
    "junitxml pastebin setuponly setupplan stepwise recwarn debugging legacypath"
).split()
SUITE_INI = Path(__file__).with_name("suite.ini")
ATTEMPTS = 3  # where the zygote is killed from outside meanwhile; a submission cannot do that, and gains nothing if it could
TEST_SECONDS = 1500  # pytest-timeout, the backstop of four trainings; a call's own deadline is kept by the engine

Wanted = Callable[[str, str], bool]


class Grader:
    """Grades submissions, one after the other. Made by `open_session`."""

    def __init__(
        self, plugin: SuitePlugin, engine: Engine, seed: int | None, recorded: bool, deadlines: Deadlines | None = None
    ) -> None:
        self._plugin = plugin
        self.engine = engine
        # Children see numbers derived from the seed; from one this long they cannot compute it, nor what else is
        # derived from it.
        self.seed = secrets.randbits(52) if seed is None else seed
        self.deadlines = deadlines or Deadlines()
        self._recorded = recorded
        self._tapes: dict[str, tuple[Tape, LocalTransport | None]] = {}
        self._banks: dict[str, Tape] = {}
        self._scripts: dict[str, Script] = {}

    def grade(
        self,
        exercise: Exercise,
        text: str,
        filename: str | None = None,
        wanted: Wanted = lambda name, title: True,
        progress: Callable[[TestResult], None] | None = None,
        transport: Any = None,
        explain: bool = True,
        training: bool = True,
        training_progress: Callable[[float], None] | None = None,
    ) -> Verdict:
        """Grade the source `text` as an answer to `exercise`.

        Args:
            exercise: which suite.
            text: the learner's file.
            filename: how messages call it.
            wanted: which tests, by (name, title).
            progress: called with each test's result as it is there.
            transport: where the code runs, when not in a walled child (for recordings and benchmarks).
            explain: whether to look for the misconception behind a failure.
            training: whether to run the tests marked `training`, which train a model.
            training_progress: called with the share of a training that is done, from 0 to 1; each training begins anew.
        """
        started = time.perf_counter()
        filename = filename or exercise.filename
        tape, live = self._tape(exercise)
        source = Source(exercise.id, filename, text, exercise.forbidden, exercise.forbidden_operators)
        script = self._scripts.setdefault(exercise.id, Script())

        for _ in range(ATTEMPTS if transport is None else 1):
            if transport is None:
                self.engine.start()
            generation = self.engine.generation
            place = transport or ChildTransport(self.engine, source, script, self.deadlines)
            run = Run(place, tape, live, exercise.parameters, filename, progress, training_progress)
            verdict = self._run(exercise, run, wanted, explain, training)
            verdict.flags = self._flags(text, exercise, place)
            if not place.lost or not self.engine.has_fallen(generation):
                break
        verdict.environment = self._environment(live is None)
        verdict.duration = time.perf_counter() - started
        return verdict

    def _run(self, exercise: Exercise, run: Run, wanted: Wanted, explain: bool, training: bool) -> Verdict:
        """Run the suite once, and look for the misconception behind a failure."""
        self._plugin.run = run
        try:
            self._plugin.execute(exercise.suite, wanted, training)
            if run.broken is not None:
                raise run.broken
            verdict = Verdict(exercise.id, list(run.results.values()))
            if verdict.status == "fail" and explain:
                self._diagnose(exercise, verdict, run)
        finally:
            run.transport.close()
        verdict.output = "".join(run.transport.output)[-20_000:]
        return verdict

    def require(self, level: str) -> None:
        """Raise EngineError unless children are isolated at least as `level` ("full" or "process") asks."""
        if level != "full":
            return
        self.engine.child().close()
        isolation = self.engine.isolation
        if isolation.level != "full":
            reasons = "; ".join(f"{wall}: {reason}" for wall, reason in isolation.missing.items())
            raise EngineError(
                f"This machine does not give full isolation ({reasons}).", "`chapter10 doctor` says what to install."
            )

    def max_points(self, exercise: Exercise) -> float:
        """Return what the suite of `exercise` is worth."""
        return self._plugin.suite(exercise.suite).points

    def groups(self, exercise: Exercise) -> dict[str, dict[str, float]]:
        """Return the suite's tests by what they are about, each with its points: {"values": {"test_numbers": 3.0}, …}."""
        found: dict[str, dict[str, float]] = {group: {} for group in GROUPS}
        for test in self._plugin.suite(exercise.suite).tests:
            found[test.group][test.name] = test.points
        return {group: tests for group, tests in found.items() if tests}

    def on_recording(self) -> Grader:
        """Return a grader of the same session that asks the recorded questions, which every learner may see."""
        return Grader(self._plugin, self.engine, self.seed, True, self.deadlines)

    def probes(self, exercise: Exercise) -> dict[str, diagnosis.Probe]:
        """Return the probes of a suite, the tiniest input first."""
        return self._plugin.suite(exercise.suite).probes

    def tape(self, exercise: Exercise) -> Tape:
        """Return what the suite of `exercise` has drawn and what the reference has answered in this session."""
        return self._tape(exercise)[0]

    def _diagnose(self, exercise: Exercise, verdict: Verdict, run: Run) -> None:
        """Name the misconception behind the failures, and show the smallest input that exposes it."""
        failed = [test for test in verdict.tests if test.status == "fail"]
        if run.unfinished or run.transport.unusable or run.transport.forbidden or run.transport.lost:
            return  # nothing that a misconception would explain
        probes = self.probes(exercise)
        bank = self._bank(exercise)
        if bank is None or not probes:
            return
        try:
            found = diagnosis.diagnose(bank, probes, run.transport, exercise.parameters)
        except (TypeError, ValueError, RuntimeError, LookupError, ArithmeticError, AttributeError):
            return  # answers so odd that they cannot even be compared; the verdict itself stands
        for test in failed:
            explained = not found.fails or test.name in found.fails
            if found.misconception and explained:
                test.misconception = found.misconception
                test.message = f"{found.sentence} {test.message}"
                test.help = found.advice
            if found.counterexample and (test.counterexample is None or explained):
                test.counterexample = found.counterexample

    def _flags(self, text: str, exercise: Exercise, transport: Any) -> list[Flag]:
        found = flags.scan(text, exercise.forbidden)
        for name, line in dict.fromkeys(transport.forbidden):
            found.append(Flag("forbidden", line, f"{name} was called, and refused"))
        if transport.lost:
            found.append(Flag("lost", 0, f"the process of this submission was lost {transport.lost} times"))
        return found

    def _tape(self, exercise: Exercise) -> tuple[Tape, LocalTransport | None]:
        """Return the session's tape of an exercise: live from the solution, or the recording."""
        if exercise.id not in self._tapes:
            if exercise.solution.is_file() and not self._recorded:
                source = Source(f"reference_{exercise.id}", exercise.filename, exercise.solution.read_text(encoding="utf-8"))
                live = LocalTransport(source, double=True)
                if "error" in live.load_reply:
                    raise EngineError(f"The solution of {exercise.id} cannot be loaded: {live.load_reply['error']}")
                self._tapes[exercise.id] = (Tape(self.seed), live)
            else:
                self._tapes[exercise.id] = (Tape.load(exercise.recording), None)
        return self._tapes[exercise.id]

    def _bank(self, exercise: Exercise) -> Tape | None:
        """Return the recording that holds the misconceptions, None where there is none yet."""
        if exercise.id not in self._banks:
            if not exercise.recording.is_file():
                return None
            self._banks[exercise.id] = Tape.load(exercise.recording)
        return self._banks[exercise.id]

    def forget(self, exercise: Exercise) -> None:
        """Drop the tape of an exercise; the next grading draws anew from `seed`."""
        self._tapes.pop(exercise.id, None)
        self._scripts.pop(exercise.id, None)

    def _environment(self, recorded: bool) -> dict[str, Any]:
        isolation = self.engine.isolation
        return {
            "isolation": isolation.level,
            "walls": isolation.raised,
            "missing_walls": isolation.missing,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "seed": None if recorded else self.seed,
            "recorded": recorded,
            "threads": torch.get_num_threads(),
        }


def open_session(
    exercises: Sequence[Exercise],
    body: Callable[[Grader], T],
    *,
    engine: Engine | None = None,
    seed: int | None = None,
    recorded: bool = False,
    warm: bool = True,
    deadlines: Deadlines | None = None,
) -> T:
    """Collect the suites of `exercises`, start the engine, and return what `body(grader)` returns.

    Args:
        exercises: whose suites to collect.
        body: does the grading.
        engine: an engine that is already warming up; otherwise one is started, and ended afterwards.
        seed: for the inputs; a fresh one when None.
        recorded: use the recordings even where solutions are installed.
        warm: whether to start the engine at once.
        deadlines: how long a submission may take.

    Raises:
        EngineError: a suite is missing or cannot be collected.
        Whatever `body` raises.
    """
    outcome: list[Any] = []
    torch.set_num_threads(1)  # sums in the same order on every machine
    own = engine is None
    engine = engine or Engine()
    if warm:
        engine.start()

    def run(plugin: SuitePlugin) -> None:
        try:
            if plugin.trouble:
                raise EngineError(f"A grader suite cannot be collected: {plugin.trouble[0].strip().splitlines()[-1]}")
            outcome.append((True, body(Grader(plugin, engine, seed, recorded, deadlines))))
        except BaseException as error:  # pytest would turn it into an exit code
            outcome.append((False, error))

    plugin = SuitePlugin(run)
    missing = [exercise.id for exercise in exercises if not exercise.suite.is_file()]
    if missing:
        raise EngineError(f"There is no grader suite for {', '.join(missing)}.", "Reinstall chapter10.")
    arguments = [str(exercise.suite) for exercise in exercises]
    arguments += ["-c", str(SUITE_INI), "--rootdir", str(SUITE_INI.parent), "--import-mode=importlib", "--noconftest"]
    arguments += ["--assert=plain", "-p", "pytest_timeout", f"--timeout={TEST_SECONDS}", "--disable-plugin-autoload"]
    for name in _UNUSED:
        arguments += ["-p", f"no:{name}"]
    options = os.environ.pop("PYTEST_ADDOPTS", None)
    try:
        pytest.main(arguments, plugins=[plugin])
    finally:
        if options is not None:
            os.environ["PYTEST_ADDOPTS"] = options
        if own:
            engine.close()
    if not outcome:
        raise EngineError("The grader suites cannot be collected: pytest ended early.", "Run `chapter10 doctor`.")
    fine, value = outcome[0]
    if not fine:
        raise value
    return value
