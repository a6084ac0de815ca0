"""course.yaml and the files that it stands for."""

import ast

import pytest

from chapter10.course import LAYERS, load_course
from chapter10.errors import Chapter10Error, UnknownExercise

COURSE = load_course()
EVERY = pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.id)


def test_sixteen_exercises():
    assert len(COURSE.exercises) == 16


@EVERY
def test_each_is_complete(exercise):
    assert exercise.layer in LAYERS
    assert len(exercise.hints) >= 3
    assert all(hint.strip() for hint in exercise.hints)
    assert len(exercise.bank("misconceptions")) >= 8
    assert len(exercise.bank("variants")) >= 5
    stub = exercise.stub.read_text()
    assert "TODO" in stub
    assert "NotImplementedError" in stub
    chapter = ("Convolutional Neural Networks", "Recurrent Neural Networks", "Attention Mechanism", "Transformer",
               "Common Pitfalls", "Pass Challenges")  # fmt: skip
    assert exercise.section in chapter


@EVERY
def test_misconceptions_speak_to_the_learner(exercise):
    sentences = {}
    for path in exercise.bank("misconceptions"):
        documentation = ast.get_docstring(ast.parse(path.read_text()))
        head = documentation.split("\n\n")[0]
        assert head.rstrip().endswith((".", "?", ")")), path
        assert head not in sentences, f"{path.stem} and {sentences.get(head)} say the same"
        sentences[head] = path.stem


@pytest.mark.parametrize(("name", "found"), [("lstm-gate", "lstm_gate"), ("Attention", "attention"), ("conv2d.py", "conv2d")])
def test_names_are_forgiving(name, found):
    assert COURSE[name].id == found


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownExercise) as caught:
        COURSE["atention"]
    assert "`attention`" in caught.value.hint


@pytest.mark.parametrize("text", ["", "[", "exercises: 3", "exercises: {a: {title: x}}", "exercises: {a: 1}"])
def test_a_broken_course_file_is_a_clear_error(tmp_path, text):
    path = tmp_path / "course.yaml"
    path.write_text(text)
    with pytest.raises(Chapter10Error):
        load_course(path)
