"""The pytest plugin behind a grader suite: what tests are given, points, dependencies, and what became of each test.

A suite is ordinary pytest. What its tests may ask for, and be marked with:

- `student`, `reference`: the code under test and the yardstick (`chapter10.sandbox.proxy.Subject`); the reference
  computes in float64;
- `draw`: random inputs (`chapter10.grading.draw.Draw`);
- `@pytest.mark.points(2)`, `@pytest.mark.needs("test_plain")`;
- the docstring's first paragraph is the sentence that the learner reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from chapter10.errors import Chapter10Error
from chapter10.grading import counterexample, messages
from chapter10.grading.compare import CheckFailed
from chapter10.grading.draw import Draw
from chapter10.grading.results import TestResult
from chapter10.grading.suite import Suite, SuiteTest
from chapter10.grading.tape import Player, Tape
from chapter10.sandbox.proxy import Subject, SubjectError, Transport


class Run:
    """One grading under way: whose file, on which tape, and what has come of it so far."""

    def __init__(
        self,
        transport: Any,
        tape: Tape,
        live: Transport | None,
        parameters: dict[str, list[str]],
        filename: str,
        progress: Callable[[TestResult], None] | None = None,
        training_progress: Callable[[float], None] | None = None,
    ) -> None:
        self.transport = transport
        self.tape = tape
        self.live = live
        self.parameters = parameters
        self.filename = filename
        self.progress = progress
        self.training_progress = training_progress
        self.results: dict[str, TestResult] = {}
        self.broken: Chapter10Error | None = None
        self.unfinished = False  # a TODO of the stub was reached
        self.student: Subject
        self._player: Player
        self._test = ""

    def begin(self, test: str) -> None:
        """Make everything ready for one test: a live child, a fresh subject, the tape at its start."""
        self.transport.begin_test(test)
        self._test = test
        self._player = Player(self.tape.track(test), self.live)
        self.student = Subject(self.transport, self.parameters, self.seeds("student"), self.training_progress)

    def reference(self) -> Subject:
        """Return the yardstick for the current test."""
        return Subject(self._player, self.parameters, self.seeds("reference"))

    def draw(self) -> Draw:
        """Return the source of inputs for the current test."""
        return Draw(seed_of(self.tape.seed, self._test), self._player.keep)

    def seeds(self, who: str) -> Callable[[], int]:
        """Return what gives the seed of each call in turn."""
        numbers = iter(range(1 << 30))
        return lambda: seed_of(self.tape.seed, self._test, who, next(numbers))


def seed_of(*parts: Any) -> int:
    """Return a seed that depends on all `parts`."""
    data = hashlib.blake2b(repr(parts).encode(), digest_size=7).digest()
    return int.from_bytes(data, "big")


class SuitePlugin:
    """One object for a pytest session; `run` is the grading that is under way."""

    def __init__(self, body: Callable[[SuitePlugin], None]) -> None:
        self._body = body
        self.run: Run  # set by whoever calls `execute`
        self._suites: dict[Path, Suite] = {}
        self.trouble: list[str] = []

    # Collection ------------------------------------------------------------------------------------------------------

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what kept a suite from being read."""
        if report.failed:
            self.trouble.append(str(report.longrepr))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Sort the tests by suite."""
        for item in session.items:
            self.suite(item.path).tests.append(SuiteTest.of(item))

    def suite(self, path: Path) -> Suite:
        """Return what a file in `graders/` has in it."""
        return self._suites.setdefault(path, Suite())

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand the session over to whoever opened it: tests run when `grade` says so, as often as it says."""
        self._body(self)
        return True

    # One test --------------------------------------------------------------------------------------------------------

    def execute(self, path: Path, wanted: Callable[[str, str], bool], training: bool) -> None:
        """Run the tests of one suite for the current `run`, with or without those that train a model."""
        results = self.run.results
        tests = [test for test in self.suite(path).tests if wanted(test.name, test.title) and (training or not test.training)]
        items = [test.item for test in tests]
        for test, following in zip(tests, [*items[1:], None], strict=False):
            result = results[test.name] = test.result()
            failed = next((results[name] for name in test.needs if name in results and results[name].status != "pass"), None)
            if failed is None:
                test.item.config.hook.pytest_runtest_protocol(item=test.item, nextitem=following)
            else:  # of a wrong answer's tests these are most: pytest need not take each of them up and put it away
                result.status, result.points = "skip", 0.0
                result.message = f"Comes after “{failed.title.rstrip('.')}”."
                self._tell(result)
            if self.run.broken is not None:
                break
        if items:  # the next grading starts clean, also where the last test was not run
            items[-1].config.hook.pytest_runtest_teardown(item=items[-1], nextitem=None)

    def _tell(self, result: TestResult) -> None:
        if self.run.progress is not None:
            self.run.progress(result)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Turn the outcome of a phase into the test's result, and into the little that pytest itself goes on with.

        Its own report would quote the sources of every frame of a failure, which nobody reads here.
        """
        run, result = self.run, self.run.results[item.name]
        result.duration += call.duration
        if call.excinfo is not None:
            error = call.excinfo.value
            if isinstance(error, Chapter10Error):
                run.broken = error
            try:
                self._note(result, error)
            except Exception as trouble:  # whatever a learner's answer is made of, it must not end the session
                result.status, result.message = "error", f"The grader could not say what is wrong: {type(trouble).__name__}"
        if call.when == "call":
            run.transport.end_test(call.excinfo is None)
        if call.when == "teardown":
            self._tell(result)
        phase = cast(Literal["setup", "call", "teardown"], call.when)
        outcome: Literal["passed", "failed", "skipped"] = "passed"
        if call.excinfo is not None:
            outcome = "skipped" if isinstance(call.excinfo.value, pytest.skip.Exception) else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, phase)

    def _note(self, result: TestResult, error: BaseException) -> None:
        run = self.run
        result.points = 0.0
        if isinstance(error, pytest.skip.Exception):
            result.status, result.message = "skip", str(error.msg)
        elif isinstance(error, SubjectError):
            result.status = "fail"
            result.message, result.help = messages.explain(error, run.filename)
            if messages.is_todo(error.error):
                run.unfinished = True
            else:
                result.counterexample = counterexample.from_error(error)
        elif isinstance(error, CheckFailed):
            result.status, result.message, result.help = "fail", error.rationale, error.help
            result.counterexample = counterexample.from_check(error, run.student.calls)
        elif isinstance(error, (AssertionError, pytest.fail.Exception)):
            result.status, result.message = "fail", str(error).strip().splitlines()[0] if str(error).strip() else result.title
        else:
            result.status = "error"
            result.message = f"The grader itself failed here, not your code: {type(error).__name__}: {error}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Function) -> None:
        """Give a test what it is made of. As fixtures of pytest's these would take three times as long as the test itself."""
        self.run.begin(item.name)
        item.funcargs |= {"student": self.run.student, "reference": self.run.reference(), "draw": self.run.draw()}

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
        """Fail a test in which a forbidden operation was tried, also when the learner's code hid the refusal."""
        before = len(self.run.transport.forbidden)
        failure: BaseException | None = None
        outcome = None
        try:
            outcome = yield
        except Exception as error:  # what came of the refusal is beside the point
            failure = error
        tried = self.run.transport.forbidden[before:]
        if tried:
            name, line = tried[0]
            at = f"{self.run.filename}, line {line}: " if line else ""
            raise CheckFailed(
                f"{at}{name} is off limits in this exercise.",
                "This exercise asks you to write that part yourself, from tensor operations.",
            )
        if failure is not None:
            raise failure
        return outcome
