"""What an experiment stands on: the learner's code behind the wall, the progress bar, and a note of whatever failed.

    with bench.step("k = 3") as progress, bench.code("kernel_sweep") as student:
        numbers["rows"].append(measure(student, progress))

A step in which the learner's code fails is noted in `bench.failures` and left out; the next one goes on.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from chapter10.course import Course, Exercise
from chapter10.errors import WorkspaceError
from chapter10.grading.messages import explain, is_todo
from chapter10.learner.answers import Answer
from chapter10.learner.workspace import Workspace
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.limits import Deadlines
from chapter10.sandbox.proxy import Subject, SubjectError
from chapter10.sandbox.transports import ChildTransport, Source

Tensor = torch.Tensor
Probe = Callable[[Subject], Any]
Progress = Callable[[float], None]
Show = Callable[[str, float], None]  # what is being done, and the share of all that is done

_LINE = re.compile(r"\bline (\d+)\b")
INSIDE = Path(__file__).with_name("inside.py")


class Unfit(Exception):
    """The learner's code answered, but with something that cannot be measured."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


@dataclass(frozen=True)
class Code:
    """The code that an experiment runs for one exercise: the learner's, or the reference with the reason why."""

    exercise: Exercise
    filename: str
    text: str
    yours: bool
    why: str = ""
    place: Callable[[int], str] | None = None  # for a notebook: line of `text` → "cell 3, line 2"

    def as_dict(self) -> dict[str, Any]:
        """Return what a report says about it."""
        return {"exercise": self.exercise.id, "file": self.filename, "yours": self.yours, "why": self.why}


@dataclass
class Bench:
    """Runs one lab.

    Attributes:
        engine: makes the walled children.
        course: the exercises.
        workspace: where the learner's files are; None where there is none.
        quick: whether to take little data, for a run of seconds.
        seed: for weights, shuffles and drawn inputs.
        reference: whether to run the reference even where the learner has an answer.
        show: told of every progress.
    """

    engine: Engine
    course: Course
    workspace: Workspace | None = None
    quick: bool = False
    seed: int = 0
    reference: bool = False
    show: Show = lambda label, share: None
    failures: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    _steps: int = 1
    _done: int = 0
    _label: str = ""

    def plan(self, steps: int) -> None:
        """Say how many steps the progress bar has."""
        self._steps, self._done = steps, 0

    @contextlib.contextmanager
    def step(self, label: str) -> Iterator[Progress]:
        """One step. Yields what is to be told the share of it that is done. Code that fails is noted, and no more."""

        def progress(share: float) -> None:
            self.show(label, min((self._done + share) / self._steps, 1.0))

        progress(0.0)
        self._label = label
        try:
            yield progress
        except SubjectError as error:
            self._note(error)
        except Unfit as problem:
            self.fail(problem.message, problem.help)
        self._done += 1
        self.show(label, min(self._done / self._steps, 1.0))

    def fail(self, message: str, help: str = "") -> None:
        """Note that the current step has failed."""
        entry = {"step": self._label, "message": _printable(message), "help": _printable(help)}
        if entry not in self.failures:
            self.failures.append(entry)

    def _note(self, error: SubjectError) -> None:
        code: Code | None = getattr(error, "code", None)  # None: it was the lab's own
        message, help = explain(error, code.filename if code else "the lab")
        if code and code.place:
            place = code.place
            message, help = (_LINE.sub(lambda match: place(int(match[1])), text) for text in (message, help))
        self.fail(message, help)

    @contextlib.contextmanager
    def code(self, name: str, probe: Probe | None = None, progress: Progress | None = None) -> Iterator[Subject]:
        """Yield the code for the exercise `name` in a fresh child, with `inside.py` beside it.

        Args:
            name: the exercise.
            probe: tries what the lab needs on something tiny; where that is still the stub's TODO, the reference takes over.
            progress: told of trainings.

        Raises:
            Unfit: there is neither an answer nor a reference.
            SubjectError: whatever the code does wrong.
        """
        code = self.codes.get(name) or self._choose(self.course[name], probe)
        self.codes[name] = code
        with self._child(code, progress) as subject:
            try:
                yield subject
            except SubjectError as error:
                error.code = code  # type: ignore[attr-defined]
                if error.error.get("line", 0) > code.text.count("\n") + 1:  # in what the lab has added
                    error.error |= {"line": 0, "source": ""}
                raise

    @contextlib.contextmanager
    def own(self, progress: Progress | None = None) -> Iterator[Subject]:
        """Yield what the lab itself brings (`inside.py`), in a child like the learner's, so that times can be compared."""
        with self._child(Code(next(iter(self.course.exercises)), "inside.py", "", True), progress) as subject:
            yield subject

    @contextlib.contextmanager
    def _child(self, code: Code, progress: Progress | None) -> Iterator[Subject]:
        text = f"{code.text}\n\n\n{INSIDE.read_text(encoding='utf-8')}"
        source = Source(code.exercise.id, code.filename, text)  # nothing is forbidden in a lab: nothing is graded
        transport = ChildTransport(self.engine, source, deadlines=Deadlines(call=30.0, total=300.0))
        seeds = itertools.count(self.seed)
        try:
            yield Subject(transport, code.exercise.parameters, lambda: next(seeds), progress)
        finally:
            transport.close()

    def _choose(self, exercise: Exercise, probe: Probe | None) -> Code:
        if self.reference:
            return self._reference(exercise, "as you asked")
        if self.workspace is None:
            return self._reference(exercise, "there is no workspace here; `chapter10 start` makes one")
        path = self.workspace.file(exercise)
        if not path.exists():
            return self._reference(exercise, "it is not in your workspace; `chapter10 start` puts it back")
        try:
            answer = Answer.read(path)
        except WorkspaceError as error:
            raise Unfit(error.message, error.hint) from error
        mine = Code(exercise, answer.filename, answer.text, yours=True, place=answer.place)
        if self._unwritten(mine, probe):
            return self._reference(exercise, "yours is not written yet; `chapter10 hint` helps")
        return mine

    def _unwritten(self, code: Code, probe: Probe | None) -> bool:
        if probe is None:
            return False
        with self._child(code, None) as subject:
            try:
                probe(subject)
            except SubjectError as error:
                return is_todo(error.error)
        return False

    def _reference(self, exercise: Exercise, why: str) -> Code:
        if not exercise.solution.is_file():
            raise Unfit(
                f"There is no {exercise.filename} to experiment with: {why}, and the reference is not installed.",
                f"Write it, then `chapter10 check {exercise.id}`.",
            )
        text = exercise.solution.read_text(encoding="utf-8")
        return Code(exercise, f"solutions/{exercise.filename}", text, yours=False, why=why)


def tensor_of(value: Any, shape: tuple[int, ...], what: str) -> Tensor:
    """Return `value`, which must be a finite floating tensor of this shape. Raises Unfit, calling it `what`."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        raise Unfit(f"{what} is {_kind(value)}, not a tensor of floating numbers.")
    if tuple(value.shape) != shape:
        raise Unfit(f"{what} has shape {tuple(value.shape)}, expected {shape}.")
    if not torch.isfinite(value).all():
        raise Unfit(f"{what} has NaN or infinity in it.")
    return value.detach()


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}" if not isinstance(value, torch.Tensor) else str(value.dtype)


def _printable(text: str) -> str:
    """Return `text` without control characters: part of it may be the learner's."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:600]
