"""`audit`, `record` and `new`: an exercise is laid out, recorded and proven without touching the engine."""

import pytest

from chapter10 import course
from chapter10.errors import Chapter10Error
from chapter10.grading import audit, recording, scaffold
from chapter10.grading.session import open_session


def test_audit_of_one_exercise_as_a_table_and_as_data(chapter10):
    ran = chapter10("audit", "attention_map", "--json")
    assert ran.code == 0, ran.out
    (entry,) = ran.document["exercises"]
    assert entry["proven"]
    assert entry["misconceptions"] >= 8
    assert entry["accepted_wrongly"] == entry["rejected_wrongly"] == []


def test_recordings_in_the_repository_are_current(chapter10):
    ran = chapter10("record", "--check")
    assert ran.code == 0, ran.out


@pytest.fixture
def own_course(tmp_path, monkeypatch):
    """A course of its own in a temporary folder, with no exercise yet."""

    def folder(name):
        (tmp_path / name).mkdir(exist_ok=True)
        return tmp_path / name

    monkeypatch.setattr(course, "folder", folder)
    monkeypatch.setattr(scaffold, "folder", folder)
    (folder("exercises") / "course.yaml").write_text("title: Mine\n\nexercises:\n")
    return tmp_path


def test_a_new_exercise_is_proven_as_it_is_laid_out(own_course):
    written = scaffold.lay_out("row_norm")
    assert all(path.is_file() for path in written)
    (exercise,) = course.load_course().exercises
    recording.record([exercise])["row_norm"].save(exercise.recording)
    assert recording.is_current(exercise)
    found = open_session([exercise], lambda grader: audit.audit(grader, exercise))
    assert found.proven, found
    assert (found.misconceptions, found.variants) == (1, 1)
    assert found.not_named == []


@pytest.mark.parametrize("name", ["2d", "a-b", "class", "A", ""])
def test_names_that_cannot_be(own_course, name):
    with pytest.raises(Chapter10Error):
        scaffold.lay_out(name)


def test_what_is_there_is_not_overwritten(own_course):
    scaffold.lay_out("mine")
    with pytest.raises(Chapter10Error, match="there already"):
        scaffold.lay_out("mine")


def test_a_suite_that_does_not_import_is_a_clear_error(own_course):
    scaffold.lay_out("mine")
    (exercise,) = course.load_course().exercises
    exercise.suite.write_text("import no_such_module\n")
    with pytest.raises(Chapter10Error, match="cannot be collected"):
        open_session([exercise], lambda grader: None)
