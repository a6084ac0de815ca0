"""What `chapter10 nbgrader init` lays out, and what nbgrader makes of it."""

import ast
import json
import re

import pytest
from click.testing import CliRunner
from nbgrader_class import ATTENTION

from chapter10.classroom.nbgrader import chapter
from chapter10.classroom.nbgrader.layout import lay_out
from chapter10.classroom.nbgrader.sources import split_solution
from chapter10.cli.nbgrader import nbgrader_command
from chapter10.course import load_course
from chapter10.errors import Chapter10Error
from chapter10.learner.notebook import stub_parts

COURSE = load_course()


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def text(cell):
    return "".join(cell["source"])


def graded(found):
    return [cell for cell in found if cell["metadata"].get("nbgrader", {}).get("grade")]


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """All sixteen exercises in one assignment."""
    root = tmp_path_factory.mktemp("everything")
    lay_out(root, COURSE.exercises, "chapter")
    return root / "source/chapter"


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.id)
def test_a_source_notebook_holds_stub_solution_tests_words_and_figure(everything, exercise):
    found = cells(everything / f"{exercise.id}.ipynb")
    about, *rest = found
    assert about["metadata"]["nbgrader"]["locked"] is True
    assert len(about["attachments"]["figure.png"]["image/png"]) > 2000
    assert chapter.explanation(exercise.id)
    assert chapter.caption(exercise.id) in text(about)
    code = [text(cell) for cell in rest if cell not in graded(found)]
    assert [re.split("\n### BEGIN SOLUTION", cell)[0] for cell in code] == stub_parts(exercise)[1]
    names = {name for cell in code for name in defined(re.sub(r"(?s).*### BEGIN SOLUTION", "", cell))}
    assert names >= {name for name in exercise.parameters if "." not in name}
    for cell in graded(found):
        points = cell["metadata"]["nbgrader"]["points"]
        assert cell["metadata"]["nbgrader"]["schema_version"] == 3
        assert text(cell).count(f"points={points:g}") == 2
        assert re.search(r"(?s)### BEGIN HIDDEN TESTS\n.*fresh=True\)\n### END HIDDEN TESTS$", text(cell))


def defined(source):
    return [node.name for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]


def test_the_points_of_the_cells_add_up_to_those_of_the_suite(everything):
    worth = {}
    for exercise in COURSE.exercises:
        found = graded(cells(everything / f"{exercise.id}.ipynb"))
        worth[exercise.id] = sum(cell["metadata"]["nbgrader"]["points"] for cell in found)
        for points in re.findall(r"@mark\.points\(([\d.]+)\)", exercise.suite.read_text(encoding="utf-8")):
            worth[exercise.id] -= float(points)
    assert set(worth.values()) == {0.0}


def test_a_release_has_no_solution_and_no_hidden_test(course):
    released = cells(course / "release/attention/attention.ipynb")
    everything = "\n".join(text(cell) for cell in released)
    assert "SOLUTION" not in everything
    assert "HIDDEN" not in everything
    assert "fresh" not in everything
    assert "masked_fill" not in everything
    stub = "\n\n\n".join(
        text(cell).rstrip("\n") for cell in released if cell["cell_type"] == "code" and cell not in graded(released)
    )
    assert ast.dump(ast.parse(stub)) == ast.dump(ast.Module(ast.parse(ATTENTION.stub.read_text(encoding="utf-8")).body[1:], []))
    assert all(cell["metadata"]["editable"] is False for cell in graded(released))


def test_what_an_instructor_has_written_is_left_alone(tmp_path):
    runner = CliRunner()
    first = runner.invoke(nbgrader_command, ["init", str(tmp_path), "attention", "--json"])
    assert json.loads(first.output)["written"] == ["nbgrader_config.py", "source/attention/attention.ipynb"]
    for name in ("nbgrader_config.py", "source/attention/attention.ipynb"):
        (tmp_path / name).write_text("mine")
    again = runner.invoke(nbgrader_command, ["init", str(tmp_path), "attention", "masking", "--json"])
    assert json.loads(again.output)["kept"] == ["nbgrader_config.py", "source/attention/attention.ipynb"]
    assert json.loads(again.output)["written"] == ["source/masking/masking.ipynb"]
    assert (
        (tmp_path / "nbgrader_config.py").read_text() == (tmp_path / "source/attention/attention.ipynb").read_text() == "mine"
    )


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Chapter10Error, match="cannot be laid out"):
        lay_out(tmp_path / "file", [ATTENTION])


SOLUTION = '''"""Words."""

import math


def one():
    return helper()


# a remark
def helper():
    return 1


@wrap
def two():
    pass


LAST = 3
'''


def test_a_solution_is_cut_where_its_functions_end():
    before, first, second = split_solution(SOLUTION, [set(), {"one"}, {"two"}])
    assert before == ""
    assert first == "import math\n\n\ndef one():\n    return helper()"
    assert second.startswith("# a remark\ndef helper():")
    assert second.endswith("@wrap\ndef two():\n    pass\n\n\nLAST = 3")
