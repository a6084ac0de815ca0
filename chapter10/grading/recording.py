"""Making recordings: what lets a learner without solutions be graded, and every failure be explained.

A recording holds, under one fixed seed, all that the suite drew and the reference answered; what the solution answers
to the probes; and for each misconception what it answers differently, which tests it fails, and the words for the
learner.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chapter10.course import Exercise
from chapter10.errors import EngineError, RecordingError
from chapter10.grading import diagnosis
from chapter10.grading.session import Grader, open_session
from chapter10.grading.tape import Tape, digest
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.transports import LocalTransport, Source

RECORD_SEED = 1010


def fingerprint(exercise: Exercise) -> str:
    """Return the hash of everything that a recording is made from."""
    sources = [exercise.suite, exercise.solution, exercise.stub, *exercise.bank("misconceptions")]
    return digest(b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in sources))


def is_current(exercise: Exercise) -> bool:
    """Say whether the recording was made from the files as they are."""
    try:
        return Tape.load(exercise.recording).suite == fingerprint(exercise)
    except RecordingError:
        return False


def record(exercises: list[Exercise]) -> dict[str, Tape]:
    """Make the recordings of `exercises`, which need their solutions. Raises EngineError when a solution fails its own
    suite."""
    missing = [exercise.id for exercise in exercises if not exercise.solution.is_file()]
    if missing:
        raise EngineError(f"Recordings are made from solutions, and there is none of {', '.join(missing)}.")
    engine = Engine("none")  # trusted code only: it runs in this process

    def body(grader: Grader) -> dict[str, Tape]:
        return {exercise.id: _record_one(grader, exercise) for exercise in exercises}

    return open_session(exercises, body, engine=engine, seed=RECORD_SEED, warm=False)


def _record_one(grader: Grader, exercise: Exercise) -> Tape:
    verdict = grader.grade(
        exercise, exercise.solution.read_text(encoding="utf-8"), transport=_local(exercise, exercise.solution)
    )
    if verdict.status != "pass":
        first = next(test for test in verdict.tests if test.status != "pass")
        raise EngineError(f"The solution of {exercise.id} does not pass its own suite: {first.name}: {first.message}")
    tape = grader.tape(exercise)
    tape.suite = fingerprint(exercise)
    for name, probe in grader.probes(exercise).items():
        right, _, draws = diagnosis.observe(probe, _local(exercise, exercise.solution), exercise.parameters, None)
        tape.probes[name] = {"draws": draws, "right": right, "wrong": {}}
    for path in exercise.bank("misconceptions"):
        _record_misconception(grader, exercise, path, tape)
    return tape


def _record_misconception(grader: Grader, exercise: Exercise, path: Path, tape: Tape) -> None:
    text = path.read_text(encoding="utf-8")
    for name, probe in grader.probes(exercise).items():
        record: dict[str, Any] = tape.probes[name]
        shown, _, _ = diagnosis.observe(probe, _local(exercise, path), exercise.parameters, record["draws"])
        if not diagnosis.same(shown, record["right"]):
            record["wrong"][path.stem] = shown
    verdict = grader.grade(exercise, text, transport=_local(exercise, path), explain=False, training=False)
    sentence, advice = diagnosis.docstring_of(text)
    failed = [test.name for test in verdict.tests if test.status == "fail"]
    tape.bank[path.stem] = {"sentence": sentence, "advice": advice, "fails": failed}


def _local(exercise: Exercise, path: Path) -> LocalTransport:
    source = Source(f"recorded_{exercise.id}", path.name, path.read_text(encoding="utf-8"))
    return LocalTransport(source, double=False)
