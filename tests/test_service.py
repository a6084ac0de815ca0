"""The grader in a process of its own: it comes back when it is killed, and keeps to itself what nobody may see."""

import os
import signal
from types import SimpleNamespace

import pytest

from chapter10 import service
from chapter10.course import load_course
from chapter10.errors import Chapter10Error, EngineError
from chapter10.grading import results

ATTENTION = load_course()["attention"]
STUB = ATTENTION.stub.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def grader():
    with service.Service() as running:
        yield running


def test_it_tells_points_by_group_and_places_by_cell(grader):
    reply = grader.grade("attention", ["", "def attention(query, key, value, mask=None):\n    return 1 / 0"], "mine.ipynb")
    tests = {test["name"]: test for test in reply["verdict"]["tests"]}
    assert sum(points for group in reply["groups"].values() for points in group.values()) == 20.0
    assert "cell 2, line 2" in tests["test_numbers"]["message"]


def test_what_cannot_be_graded_is_an_error_and_the_next_question_is_answered(grader):
    with pytest.raises(Chapter10Error, match="no exercise called `atention`"):
        grader.grade("atention", [], "mine.ipynb")
    assert grader.grade("attention", [STUB], "mine.ipynb")["verdict"]["points"] == 0.0


def test_it_is_started_again_after_it_was_killed(grader):
    before = grader._process.pid
    os.kill(before, signal.SIGKILL)
    assert grader.grade("attention", [STUB], "mine.ipynb")["verdict"]["status"] == "fail"
    assert grader._process.pid != before


def test_a_grader_that_cannot_start_says_so(monkeypatch):
    monkeypatch.setattr(service.sys, "executable", "/bin/false")
    with service.Service() as broken, pytest.raises(EngineError, match="The grader ended"):
        broken.grade("attention", [], "mine.ipynb")


def result(name, status, message):
    return results.TestResult(name, name, status, 0.0 if status == "fail" else 1.0, 1.0, message, f"help for {message}")


def test_only_what_the_recorded_inputs_show_is_told():
    fresh = results.Verdict("attention", [
        result("both", "fail", "expected 0.123, got 4"),
        result("only_fresh", "fail", "expected 0.456, got 5"),
        result("test_training", "fail", "accuracy 12 %, wanted 90 %"),
        result("right", "pass", ""),
    ])  # fmt: skip
    recorded = results.Verdict("attention", [result("both", "fail", "what all may see"), result("only_fresh", "pass", "")])
    asked = {}

    def grade(exercise, text, filename, wanted, training):
        asked.update(training=training, names=[test.name for test in fresh.tests if wanted(test.name, "")])
        return recorded

    service._veil(fresh, SimpleNamespace(text="", filename=""), SimpleNamespace(grade=grade), ATTENTION)
    assert [test.message for test in fresh.tests] == ["what all may see", service.UNSEEN, "accuracy 12 %, wanted 90 %", ""]
    assert fresh.tests[1].help == ""
    assert asked == {"training": False, "names": ["both", "only_fresh", "test_training"]}
    assert [test.points for test in fresh.tests] == [0.0, 0.0, 0.0, 1.0]
