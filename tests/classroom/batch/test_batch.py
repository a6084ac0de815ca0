"""From the gradebook to verdicts and back, with processes that grade nothing."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chapter10.classroom.batch import process
from chapter10.classroom.batch.batch import Batch, Options, Tally
from chapter10.classroom.batch.keys import engine_key, suite_key
from chapter10.classroom.found import Found, Intake, Person
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import load_course
from chapter10.errors import BatchError

COURSE = load_course()
CONV, ATTENTION = COURSE["conv2d"], COURSE["attention"]


@pytest.fixture
def gradebook(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "COMMAND", (sys.executable, str(Path(__file__).with_name("fake_worker.py"))))
    with Gradebook.open(tmp_path / "class.db", create=True) as made:
        yield made


def hand_in(gradebook, *files):
    """Take in files, each of its own student: (exercise, what the grader is to say)."""
    found = [
        Found(Person(f"s{number}"), exercise.id, exercise.filename, f"s{number}", word.encode())
        for number, (exercise, word) in enumerate(files)
    ]
    return gradebook.add(Intake("folders", found)).submissions


def test_each_verdict_is_in_the_gradebook_before_it_is_told(gradebook):
    ids = hand_in(gradebook, (ATTENTION, "pass"), (CONV, "fail"), (ATTENTION, "die"))
    told = []

    def progress(tally):
        with gradebook.session() as session:
            rows = session.connection().exec_driver_sql("SELECT count(*) FROM verdicts").scalar()
        told.append((tally.graded, rows))

    tally = Batch(gradebook, ids, [CONV, ATTENTION], Options(workers=2)).grade(progress)
    assert told == [(number, number) for number in range(4)]
    assert tally.words == "1 passed, 1 failed, 1 not gradable"
    cells = gradebook.view(COURSE).cells
    assert cells["s0", "attention"].verdict.suite == suite_key(ATTENTION, training=True)
    assert cells["s1", "conv2d"].verdict.suite == suite_key(CONV, training=True)
    assert cells["s2", "attention"].verdict.document["error"].startswith("Grading this file was tried twice")
    assert {cell.verdict.engine for cell in cells.values() if cell.verdict} == {engine_key()}


def test_what_was_graded_without_training_is_graded_again_with_it(gradebook):
    ids = hand_in(gradebook, (ATTENTION, "pass"))
    for training, graded in ((False, 1), (False, 0), (True, 1), (True, 0)):
        assert Batch(gradebook, ids, [ATTENTION], Options(training=training)).grade().graded == graded


def test_regrading_keeps_what_was_and_takes_fresh_inputs(gradebook):
    ids = hand_in(gradebook, (ATTENTION, "pass"), (ATTENTION, "fail"))
    first = Batch(gradebook, ids, [ATTENTION], Options())
    first.grade()
    again = Batch(gradebook, ids, [ATTENTION], Options(regrade=True))
    assert (again.tally.total, again.run.number, again.run.seed == first.run.seed) == (2, 1, False)
    again.grade()
    assert [row.run for row in gradebook.view(COURSE).cells["s0", "attention"].history] == [0, 1]


def test_dask_that_is_not_there_is_said(gradebook, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "chapter10.classroom.batch.cluster", raising=False)
    ids = hand_in(gradebook, (ATTENTION, "pass"))
    with pytest.raises(BatchError, match="Dask is not installed") as raised:
        Batch(gradebook, ids, [ATTENTION], Options(scheduler="tcp://127.0.0.1:1")).grade()
    assert raised.value.hint == "pip install 'chapter10[cluster]'"


@pytest.mark.parametrize("changed", ["hints", "forbidden", "title"])
def test_a_suites_key_depends_on_the_entry_in_the_course(changed):
    other = replace(ATTENTION, **{changed: ("new",) if changed != "title" else "New"})
    assert suite_key(other, True) != suite_key(ATTENTION, True)
    assert suite_key(ATTENTION, True) == suite_key(replace(ATTENTION), True)


def test_a_suites_key_depends_on_every_file_it_judges_with(monkeypatch, tmp_path):
    import shutil

    from chapter10 import course

    for name in ("graders", "exercises", "solutions", "fixtures"):
        (tmp_path / name).mkdir()
    (tmp_path / "fixtures" / "recordings").mkdir()
    for path in (ATTENTION.suite, ATTENTION.stub, ATTENTION.solution, ATTENTION.recording):
        shutil.copy(path, tmp_path / path.relative_to(course.PACKAGE.parent))
    before = suite_key(ATTENTION, True)
    monkeypatch.setattr(course, "folder", lambda name: tmp_path / name)
    assert suite_key(ATTENTION, True) == before
    keys = {before}
    for path in (ATTENTION.suite, ATTENTION.stub, ATTENTION.solution, ATTENTION.recording):
        path.write_bytes(path.read_bytes() + b"\n")
        keys.add(suite_key(ATTENTION, True))
    assert len(keys) == 5


def test_a_tally_in_words():
    tally = Tally(10, 0)
    assert tally.words == "0 passed"
    tally.statuses.update({"pass": 2, "error": 1})
    assert (tally.words, tally.graded) == ("2 passed, 1 not gradable", 3)
