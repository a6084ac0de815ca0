"""The pytest plugin behind a grader suite: fixtures, points, dependencies, and what became of each test.

A suite is ordinary pytest. What it gets here:

- `student`, `reference`: the code under test and the yardstick (`chapter10.sandbox.proxy.Subject`); the reference
  computes in float64;
- `draw`: random inputs (`chapter10.grading.draw.Draw`);
- `@pytest.mark.points(2)`, `@pytest.mark.needs("test_plain")`;
- the docstring's first paragraph is the sentence that the learner reads.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from chapter10.errors import Chapter10Error
from chapter10.grading import counterexample, messages
from chapter10.grading.compare import CheckFailed
from chapter10.grading.draw import Draw
from chapter10.grading.results import TestResult
from chapter10.grading.tape import Player, Tape
from chapter10.sandbox.proxy import Subject, SubjectError, Transport

GROUPS = ("values", "gradients", "properties", "training")  # what tests are about


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
        self.items: dict[Path, list[pytest.Item]] = {}
        self.trouble: list[str] = []

    # Collection ------------------------------------------------------------------------------------------------------

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what kept a suite from being read."""
        if report.failed:
            self.trouble.append(str(report.longrepr))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Sort the tests by suite."""
        for item in session.items:
            self.items.setdefault(item.path, []).append(item)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand the session over to whoever opened it: tests run when `grade` says so, as often as it says."""
        self._body(self)
        return True

    # One test --------------------------------------------------------------------------------------------------------

    def execute(self, path: Path, wanted: Callable[[str, str], bool], training: bool) -> None:
        """Run the tests of one suite for the current `run`, with or without those that train a model."""
        items = [item for item in self.items.get(path, []) if wanted(item.name, title_of(item))]
        if not training:
            items = [item for item in items if item.get_closest_marker("training") is None]
        for item, following in zip(items, [*items[1:], None], strict=False):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.run.broken is not None:
                item.config.hook.pytest_runtest_teardown(item=item, nextitem=None)  # the next grading starts clean
                return

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Turn the outcome of a phase into the test's result, and into the little that pytest itself goes on with.

        Its own report would quote the sources of every frame of a failure, which nobody reads here.
        """
        run = self.run
        result = run.results.get(item.name)
        if result is None:
            points = points_of(item)
            result = run.results[item.name] = TestResult(item.name, title_of(item), "pass", points, points)
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
        if call.when == "teardown" and run.progress is not None:
            run.progress(result)
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

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a test that builds on one that has failed."""
        for mark in item.iter_markers("needs"):
            for name in mark.args:
                needed = self.run.results.get(name)
                if needed is not None and needed.status != "pass":
                    pytest.skip(f"Comes after “{needed.title.rstrip('.')}”.")

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

    # Fixtures --------------------------------------------------------------------------------------------------------

    @pytest.fixture
    def _begun(self, request: pytest.FixtureRequest) -> Run:
        self.run.begin(request.node.name)
        return self.run

    @pytest.fixture
    def student(self, _begun: Run) -> Subject:
        """The learner's module, on the far side of the wall."""
        return _begun.student

    @pytest.fixture
    def reference(self, _begun: Run) -> Subject:
        """The solution, in float64: live, or from the recording."""
        return _begun.reference()

    @pytest.fixture
    def draw(self, _begun: Run) -> Draw:
        """Random inputs, the same for the same seed and test."""
        return _begun.draw()


def title_of(item: pytest.Item) -> str:
    """Return the sentence that the learner reads: the first paragraph of the test's docstring."""
    documentation = inspect.getdoc(getattr(item, "function", None)) or item.name
    return " ".join(documentation.split("\n\n")[0].split())


def points_of(item: pytest.Item) -> float:
    """Return what a test is worth; 1 where the suite does not say."""
    mark = item.get_closest_marker("points")
    return float(mark.args[0]) if mark and mark.args else 1.0


def group_of(item: pytest.Item) -> str:
    """Return which of the `GROUPS` a test belongs to. Values are what the others build on."""
    if item.get_closest_marker("training"):
        return "training"
    if "gradient" in item.name:
        return "gradients"
    return "properties" if item.get_closest_marker("needs") else "values"


def probes_of(items: list[pytest.Item]) -> dict[str, Any]:
    """Return the probes of a suite in the order in which it defines them."""
    module = getattr(items[0], "module", None) if items else None
    return {name: value for name, value in vars(module).items() if name.startswith("probe_")} if module else {}
