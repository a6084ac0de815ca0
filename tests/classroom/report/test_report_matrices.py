"""Counterexamples as tables of numbers."""

import pytest

from chapter10.classroom.report.matrices import lay_out


def tensor(shape, values):
    return {"shape": shape, "dtype": "float32", "values": values}


def document(expected, yours, index=None, **inputs):
    difference = None
    if index is not None:
        one, other = expected["values"], yours["values"]
        for at in index:
            one, other = one[at], other[at]
        difference = {"index": index, "expected": one, "yours": other}
    found = {"call": "f(x)", "what": "result", "inputs": inputs, "expected": expected, "yours": yours}
    return found | {"first_difference": difference}


def texts(matrix):
    return [[[number.text for number in row] for row in block.rows] for block in matrix.blocks]


def marked(matrix):
    return [number.text for block in matrix.blocks for row in block.rows for number in row if number.wrong]


@pytest.mark.parametrize(
    ("shape", "values", "index", "shown"),
    [
        ([], 1.0, [], [[["1"]]]),
        ([2], [1.0, 2.5], [1], [[["1", "2.5"]]]),
        ([2, 2], [[1.0, 2.0], [3.0, 4.5]], [1, 1], [[["1", "2"], ["3", "4.5"]]]),
        ([1, 2, 1], [[[1.0], [2.0]]], [0, 1, 0], [[["1"], ["2"]]]),
        ([2, 1, 1], [[[1.0]], [[2.0]]], [1, 0, 0], [[["1"]], [["2"]]]),
    ],
)
def test_a_tensor_is_cut_into_its_last_two_axes_and_the_first_wrong_number_is_marked(shape, values, index, shown):
    yours = tensor(shape, values)
    expected, answer = lay_out(document(yours, yours, index)).answers
    assert texts(answer) == shown
    assert marked(answer) == [shown[-1][-1][-1]]
    assert marked(expected) == []


def test_pieces_of_a_larger_tensor_are_labelled():
    shown = lay_out(document(None, tensor([2, 2, 1, 1], [[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]])))
    assert [block.label for block in shown.answers[0].blocks] == ["[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]"]


def test_numbers_that_look_the_same_get_more_digits():
    shown = lay_out(document(tensor([1], [1.00001]), tensor([1], [1.00002]), [0]))
    assert [texts(matrix) for matrix in shown.answers] == [[[["1.00001"]]], [[["1.00002"]]]]
    assert "expected 1.00001, yours 1.00002" in shown.difference


def test_what_is_no_tensor_is_said_in_words():
    shown = lay_out(document(tensor([0, 3], []), "raises ValueError", x=3))
    assert [matrix.said for matrix in (*shown.inputs, *shown.answers)] == ["3", "no numbers, shape (0, 3)", "raises ValueError"]


def test_no_counterexample_gives_no_picture():
    assert lay_out(None) is None
