"""The grading process itself: files of every kind, through one warm engine."""

import json

import pytest

from chapter10.classroom.batch.jobs import Job, Settings
from chapter10.classroom.batch.keys import engine_key
from chapter10.classroom.batch.pool import LocalPool
from chapter10.course import load_course
from chapter10.errors import BatchError

ATTENTION = load_course()["attention"]
NO_SCALING = (ATTENTION.bank("misconceptions")[0].parent / "no_scaling.py").read_bytes()
SEED = 2**40 + 1


def notebook(*cells):
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4}).encode()


FILES = {
    "right": (".py", ATTENTION.solution.read_bytes()),
    "wrong": (".py", NO_SCALING),
    "stub": (".py", ATTENTION.stub.read_bytes()),
    "syntax": (".py", b"def attention(:\n"),
    "encoding": (".py", b"# \xff\xfe\n"),
    "latin": (".py", b"# -*- coding: latin-1 -*-\n# \xe9\n" + ATTENTION.solution.read_bytes()),
    "notebook": (".ipynb", notebook("%matplotlib inline", ATTENTION.solution.read_text())),
    "no notebook": (".ipynb", b"{"),
    "lost": (".py", b""),
}


@pytest.fixture(scope="module")
def settings():
    return Settings((ATTENTION,), engine_key(), SEED)


@pytest.fixture(scope="module")
def graded(settings):
    """The answers to all files, from one process that is killed after the second of them."""
    jobs = [Job(at, "attention", suffix, data) for at, (suffix, data) in enumerate(FILES.values())]
    jobs[-1] = Job(len(FILES) - 1, "attention", ".py", b"", lost="It was lost.")
    answers = {}
    with LocalPool(settings, 1) as pool:
        for answer in pool.run(iter(jobs)):
            answers[list(FILES)[answer.id]] = answer
            if len(answers) == 2:
                pool._workers[0].kill()
    return answers


def test_every_file_gets_a_verdict_also_after_a_worker_was_killed(graded):
    statuses = {name: answer.document["status"] for name, answer in graded.items()}
    assert statuses == {
        "right": "pass",
        "wrong": "fail",
        "stub": "fail",
        "syntax": "fail",
        "encoding": "error",
        "latin": "pass",
        "notebook": "pass",
        "no notebook": "error",
        "lost": "error",
    }
    assert {answer.max_points for answer in graded.values()} == {20}


def test_a_verdict_names_the_misconception_the_seed_and_the_walls(graded):
    document = graded["wrong"].document
    assert document["tests"][0]["misconception"] == "no_scaling"
    assert (document["environment"]["seed"], document["environment"]["isolation"]) == (SEED, "full")
    assert graded["notebook"].document["environment"]["seed"] == SEED


def test_what_cannot_be_read_says_why_without_the_folders_of_this_machine(graded):
    assert "attention.py is not text in UTF-8" in graded["encoding"].document["error"]
    assert graded["no notebook"].document["error"].startswith("attention.ipynb is not a notebook")
    assert graded["lost"].document["error"] == "It was lost."


def test_a_worker_with_another_engine_does_not_take_part(settings):
    other = Settings(settings.exercises, "chapter10 0.0.1", SEED)
    with pytest.raises(BatchError, match="A worker has another engine") as raised, LocalPool(other, 1) as pool:
        list(pool.run(iter([Job(1, "attention", ".py", b"")])))
    assert raised.value.hint == "Install the same versions on both."
