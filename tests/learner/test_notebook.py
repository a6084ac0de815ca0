"""Notebooks: cells joined, IPython's own lines taken out, places named by cell."""

import ast
import json
from pathlib import Path

import pytest

from chapter10.course import load_course
from chapter10.errors import WorkspaceError
from chapter10.grading import results
from chapter10.grading.results import Flag, Verdict
from chapter10.learner.answers import Answer
from chapter10.learner.notebook import code_of, join, read_notebook, write_stub


def test_places_count_code_cells():
    notebook = join(["import torch", "x = 1\ny = 2"])
    assert notebook.text == "import torch\nx = 1\ny = 2\n"
    assert [notebook.place(line) for line in (1, 2, 3)] == ["cell 1, line 1", "cell 2, line 1", "cell 2, line 2"]
    assert notebook.place(9) == "line 9"


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install torch\nx = 1", "pass\nx = 1"),
        ("if True:\n    !ls\n    x = 1", "if True:\n    pass\n    x = 1"),
        ("files = !ls\nx = 1", "files = None\nx = 1"),
        ("torch.nn?\nx = 1", "pass\nx = 1"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nrm -rf x", "\n"),
        ('text = """\n%d of\n!\n"""\n%time', 'text = """\n%d of\n!\n"""\npass'),
        ("x = (5\n  % 3)\n!ls", "x = (5\n  % 3)\npass"),
        ("y = 7 %\\\n  2", "y = 7 %\\\n  2"),
        ("if x != 3:\n    pass", "if x != 3:\n    pass"),
        ("", ""),
    ],
)
def test_what_only_ipython_reads_leaves_its_line_behind(cell, left):
    notebook = join([cell])
    assert notebook.text == left + "\n"
    ast.parse(notebook.text)


def test_future_imports_move_to_the_top_and_display_is_there():
    notebook = join(["x = 1", "from __future__ import annotations\ndisplay(x)\n1/0"])
    lines = notebook.text.splitlines()
    assert lines[:2] == ["from __future__ import annotations", "display = print"]
    assert notebook.place(lines.index("1/0") + 1) == "cell 2, line 3"


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"cells": 3}', "\x00", '{"worksheets": [3]}'])
def test_what_is_no_notebook_is_said_to_be_none(tmp_path, damage):
    path = tmp_path / "a.ipynb"
    path.write_text(damage)
    with pytest.raises(WorkspaceError):
        read_notebook(path)


def test_stubs_become_notebooks_that_read_as_the_stubs(tmp_path):
    for exercise in load_course().exercises:
        path = tmp_path / f"{exercise.id}.ipynb"
        write_stub(exercise, path)
        document = json.loads(path.read_text())
        assert document["nbformat"] == 4
        assert document["cells"][0]["source"][0].startswith("# ") or document["cells"][0]["source"].startswith("# ")
        wanted = ast.parse(exercise.stub.read_text()).body[1:]  # the docstring became words
        found = [node for node in ast.parse(read_notebook(path).text).body if not isinstance(node, ast.Pass)]
        assert [ast.dump(node) for node in found] == [ast.dump(node) for node in wanted]
        before = path.read_bytes()
        write_stub(exercise, path)
        assert path.read_bytes() == before


def test_a_verdict_names_cells_and_the_name_that_was_meant(tmp_path):
    path = tmp_path / "attention.ipynb"
    cells = [{"cell_type": "code", "source": ["import os\n", "x = 1"]}, {"cell_type": "code", "source": "def attenton(): pass"}]
    path.write_text(json.dumps({"cells": cells}))
    answer = Answer.read(path)
    test = results.TestResult(
        "t", "T.", "fail", 0, 1, "attention.ipynb has no `attention`.", "Look at line 2 and the one before it."
    )
    other = results.TestResult("t", "T.", "fail", 0, 1, "attention.ipynb, line 3: no.", "Look at line 2 and the one before it.")
    verdict = answer.annotate(Verdict("attention", [test, other], [Flag("suspicious", 1, "os")]))
    assert test.help == "It has `attenton`: rename that to `attention`, which the grader calls."
    assert other.message == "attention.ipynb, cell 2, line 1: no."
    assert other.help == "Look at cell 1, line 2 and the one before it."
    assert verdict.flags[0] == Flag("suspicious", 0, "cell 1, line 1: os")


def test_cells_that_grade_are_not_graded():
    marks = {"nbgrader": {"grade": True, "solution": False}}
    cells = [
        {"cell_type": "code", "source": "x = 1", "metadata": {}},
        {"cell_type": "code", "source": "assert x", "metadata": marks},
        {"cell_type": "code", "source": "%%check attention\ny = 2", "metadata": {}},
        {"cell_type": "code", "source": "from chapter10.notebook import check\ncheck('attention')", "metadata": {}},
    ]
    found = code_of({"cells": cells}, Path("a.ipynb"))
    assert found[:2] == ["x = 1", ""]
    notebook = join(found)
    assert "assert x" not in notebook.text
    assert notebook.place(4) == "cell 3, line 2"
    exec(notebook.text, names := {})
    assert (names["x"], names["y"]) == (1, 2)
