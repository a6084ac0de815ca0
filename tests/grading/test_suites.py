"""Every suite is itself proven: in walled children, over the whole bank."""

import doctest
import types

import pytest

from chapter10.course import load_course
from chapter10.grading import audit, recording
from chapter10.grading.session import open_session

EXERCISES = load_course().exercises
EVERY = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


@pytest.fixture(scope="module")
def audits():
    return open_session(EXERCISES, lambda grader: {entry.id: audit.audit(grader, entry) for entry in EXERCISES}, seed=20)


@EVERY
def test_the_suite_holds(audits, exercise):
    found = audits[exercise.id]
    assert found.stub_points == 0
    assert found.reference
    assert found.accepted_wrongly == []
    assert found.rejected_wrongly == []
    assert len(found.not_named) <= 0.1 * found.misconceptions, found.not_named


@EVERY
def test_the_recording_is_current(exercise):
    assert recording.is_current(exercise), f"run `chapter10 record {exercise.id}`"


@EVERY
def test_the_examples_of_the_stub_run_on_the_solution(exercise):
    module = types.ModuleType(exercise.id)
    exec(compile(exercise.solution.read_text(), exercise.filename, "exec"), module.__dict__)
    stub = types.ModuleType(exercise.id)
    exec(compile(exercise.stub.read_text(), exercise.filename, "exec"), stub.__dict__)
    answers = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    runner = doctest.DocTestRunner(verbose=False)
    examples = 0
    for test in doctest.DocTestFinder().find(stub, exercise.id, globs={**vars(stub), **answers}):
        examples += len(test.examples)
        runner.run(test)
    assert examples > 0
    assert runner.failures == 0


def test_recordings_come_out_the_same_again():
    exercise = load_course()["attention"]
    from chapter10.grading import diagnosis
    from chapter10.grading.tape import Tape

    fresh, kept = recording.record([exercise])["attention"], Tape.load(exercise.recording)
    assert fresh.bank == kept.bank
    assert fresh.tracks.keys() == kept.tracks.keys()
    for name, track in kept.tracks.items():
        assert diagnosis.same(fresh.tracks[name].replies, track.replies), name
        assert diagnosis.same(fresh.tracks[name].draws, track.draws), name
    assert diagnosis.same(fresh.probes, kept.probes)


UNSEEN = """
import math, torch
from torch.utils._python_dispatch import _disable_current_modes

def sliding_window_mask(size, window):
    positions = torch.arange(size)
    return (positions[:, None] - positions).abs() <= window

def sliding_window_attention(query, key, value, window):
    with _disable_current_modes():
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.size(-1))
        keep = sliding_window_mask(query.size(-2), window)
        return scores.masked_fill(~keep, -math.inf).softmax(-1) @ value
"""


def test_memory_counts_also_where_the_trace_is_switched_off():
    exercise = load_course()["efficient_attention"]
    verdict = open_session([exercise], lambda grader: grader.grade(exercise, UNSEEN), seed=20)
    failed = [test for test in verdict.tests if test.status != "pass"]
    assert [test.name for test in failed] == ["test_long_sequences"]
    assert "more memory than there is" in failed[0].message


def test_a_verdict_does_not_depend_on_who_was_graded_before():
    """What is sent ahead is what others were asked. Residual blocks, whose parts have any names, are asked most differently."""
    exercise = load_course()["residual"]
    texts = {path.stem: path.read_text() for kind in ("variants", "misconceptions") for path in exercise.bank(kind)}

    def points(names):
        return open_session(
            [exercise], lambda grader: {name: grader.grade(exercise, texts[name]).points for name in names}, seed=5
        )

    assert points(list(texts)) == points(list(reversed(texts)))
