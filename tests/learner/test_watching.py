"""The watch without its screen: quick tests first, training after them, and gradings that are called off."""

import threading
from dataclasses import fields
from pathlib import Path

import pytest

from chapter10.course import Exercise, load_course
from chapter10.grading.session import open_session
from chapter10.learner.answers import Answer
from chapter10.learner.watching import Checker, SavedFiles
from chapter10.sandbox.engine import Engine

SUITE = '''
import pytest
import torch


@pytest.mark.points(2)
def test_quick(student):
    """One and one are two."""
    assert student.attention(torch.ones(1), torch.ones(1), torch.ones(1)).item() == 2


@pytest.mark.training
@pytest.mark.points(3)
def test_slow(student):
    """It learns."""
    for _ in range(20):
        student.attention(torch.ones(1), torch.ones(1), torch.ones(1))
'''
RIGHT = "def attention(query, key, value, mask=None):\n    return query + key\n"
HANGS = "def attention(*arguments):\n    while True:\n        pass\n"


class Small(Exercise):
    """An exercise with a suite of its own."""

    path: Path

    @property
    def suite(self):
        return self.path


@pytest.fixture
def check(tmp_path):
    """Run `body(checker, exercise)` in a session over the small suite."""
    attention = load_course()["attention"]
    exercise = Small(**{field.name: getattr(attention, field.name) for field in fields(attention)})
    object.__setattr__(exercise, "path", tmp_path / "test_small.py")
    exercise.path.write_text(SUITE)

    def run(body):
        with Engine(walls="none") as engine:
            return open_session([exercise], lambda grader: body(Checker(grader, engine), exercise), engine=engine)

    return run


def answer(text):
    return Answer(Path("attention.py"), text)


def test_training_comes_after_all_others_and_can_be_called_off(check):
    told = []

    def body(checker, exercise):
        whole = checker.check(exercise, answer(RIGHT), training=lambda test, share: told.append((test.name, share)))
        failed = checker.check(exercise, answer(RIGHT.replace("+", "-")), training=lambda *_: pytest.fail("too early"))
        fast = checker.check(exercise, answer(RIGHT), fast=True)
        called_off = checker.check(exercise, answer(RIGHT), training=lambda *_: checker.call_off())
        still_wanted = checker.check(exercise, answer(RIGHT), training=lambda *_: checker.call_off(unless=lambda _: True))
        return whole, failed, fast, called_off, still_wanted

    whole, failed, fast, called_off, still_wanted = check(body)
    assert [(test.name, test.status) for test in whole.tests] == [("test_quick", "pass"), ("test_slow", "pass")]
    assert told == [("test_slow", 0.0)]
    assert (whole.points, whole.max_points) == (5, 5)
    assert [test.status for test in failed.tests] == ["fail", "skip"]
    assert (failed.points, failed.max_points) == (0, 5)
    assert [test.name for test in fast.tests] == ["test_quick"]
    assert called_off is None
    assert still_wanted.status == "pass"


def test_a_hanging_answer_is_called_off_and_the_next_is_graded(check):
    def body(checker, exercise):
        timer = threading.Timer(0.5, checker.call_off)
        timer.start()
        hung = checker.check(exercise, answer(HANGS))
        timer.join()
        return hung, checker.check(exercise, answer(RIGHT))

    hung, right = check(body)
    assert hung is None
    assert right.status == "pass"


def test_saved_files_are_told_by_name(tmp_path):
    told, lost = threading.Event(), threading.Event()
    names = set()

    def tell(found):
        names.update(found)
        told.set()

    files = SavedFiles(tmp_path, ["a.py"], tell, lambda why: lost.set())
    files.start()
    try:
        (tmp_path / "b.py").write_text("x")
        for number in range(100):  # until the thread is watching
            (tmp_path / "a.tmp").write_text(str(number))
            (tmp_path / "a.tmp").replace(tmp_path / "a.py")
            if told.wait(0.3):
                break
        assert names == {"a.py"}
    finally:
        files.stop()
    assert not lost.is_set()
