"""Which exercise a file's name means, and whose it is."""

import pytest

from chapter10.classroom.intake.naming import name_of


@pytest.mark.parametrize(
    ("filename", "exercise", "number"),
    [
        ("attention.py", "attention", 0),
        ("Attention.PY", "attention", 0),
        ("multi-head-attention.ipynb", "multi_head_attention", 0),
        ("Multi Head Attention.py", "multi_head_attention", 0),
        ("attention-1.py", "attention", 1),
        ("attention (3).py", "attention", 3),
        ("attention(3).py", "attention", 3),
        ("attention copy.py", "attention", 1),
        ("attention copy 2.py", "attention", 2),
        ("attention-1 (2).py", "attention", 2),
        ("conv2d-2.py", "conv2d", 2),
    ],
)
def test_a_file_named_after_its_exercise(filename, exercise, number, course):
    named = name_of(filename, course)
    assert (named.exercise, named.number, named.who) == (exercise, number, "")


@pytest.mark.parametrize(
    ("filename", "who", "exercise"),
    [
        ("ada_attention.py", "ada", "attention"),
        ("ada-lovelace_attention.ipynb", "ada-lovelace", "attention"),
        ("ada_attention_map.py", "ada", "attention_map"),
        ("ada_multi_head_attention.py", "ada", "multi_head_attention"),
        ("Ada Lovelace - attention.py", "Ada Lovelace", "attention"),
        ("attention_attention-1.py", "attention", "attention"),
        ("lstm_lstm_gate.py", "lstm", "lstm_gate"),
    ],
)
def test_a_file_with_its_student_in_front(filename, who, exercise, course):
    named = name_of(filename, course, prefixed=True)
    assert (named.who, named.exercise) == (who, exercise)


@pytest.mark.parametrize(
    ("filename", "nearest"),
    [("atention.py", "attention"), ("positional_encodings.py", "positional_encoding"), ("my_masking_v2.py", "masking")],
)
def test_a_misnamed_file_is_told_the_nearest(filename, nearest, course):
    named = name_of(filename, course)
    assert (named.exercise, named.nearest) == (None, nearest)


@pytest.mark.parametrize("filename", ["utils.py", "-1.py", "(1).py", "__init__.py", "_.py"])
def test_names_that_mean_nothing(filename, course):
    assert name_of(filename, course).exercise is None
    assert name_of(filename, course).nearest is None
