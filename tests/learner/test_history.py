"""Which statements of a kernel's history make up an answer."""

import pytest

from chapter10.learner.history import relevant


def left(*cells, names=("f",)):
    return [cell.strip("\n") for cell in relevant(cells, names)]


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["import torch", "def f(x):\n    return torch.exp(x)"], [0, 1]),
        (["def f():\n    return 1", "def f():\n    return 2"], [1]),
        (["def f():\n    return g()", "def g():\n    return 1"], [0, 1]),
        (["def g():\n    return 1", "def f():\n    return g()", "def g():\n    return 2"], [1, 2]),
        (["def f():\n    return 1", "plot(f())", "check('attention')", "loss = train(f)"], [0]),
        (["a = 1", "a = a + 1", "def f():\n    return a"], [0, 1, 2]),
        (["a = 1", "a = 5", "def f():\n    return a"], [1, 2]),
        (["a = []", "a += [2]", "def f():\n    return a"], [0, 1, 2]),
        (["class f:\n    pass", "f.forward = lambda self: 1"], [0, 1]),
        (["try:\n    import fast as g\nexcept ImportError:\n    g = None", "def f():\n    return g"], [0, 1]),
        (["from math import *", "def f():\n    return sqrt(2)"], [0, 1]),
        (["import torch.nn.functional as F, os.path", "class f(F.Module):\n    pass"], [0, 1]),
        (["this is no Python", "def f():\n    return 1"], [1]),
        (["@wrap\ndef f():\n    return f()", "def wrap(g):\n    return g"], [0, 1]),
        (["def f(n):\n    return f(n - 1)", "def f(n):\n    return f(n - 2)"], [1]),
    ],
)
def test_what_an_answer_needs_is_kept(cells, kept):
    assert left(*cells) == [cell if at in kept else "" for at, cell in enumerate(cells)]


def test_every_line_keeps_its_place():
    cell = "%matplotlib inline\nprint('hello')\n@wrap\ndef f():\n    return 1\nf()"
    assert relevant([cell], ["f"]) == ["\n\n@wrap\ndef f():\n    return 1\n"]


def test_nothing_is_left_of_a_history_without_the_answer():
    assert left("x = 1", "y = 2") == ["", ""]
