"""chapter10 inside a kernel: `check`, the magics, and what becomes of errors."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

import chapter10.notebook as notebook
from chapter10.course import folder, load_course

RIGHT = load_course()["attention"].solution.read_text(encoding="utf-8")
PARTLY = (folder("solutions") / "misconceptions/attention/detached_key.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def kernel():
    """One shell, and behind it one warm grader."""
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "chapter10")
    yield shell
    notebook.service.shared().close()
    InteractiveShell.clear_instance()


@pytest.fixture
def run(kernel):
    """Run cells in a kernel without a past; return the value of the last one, or raise what it raised."""
    kernel.reset()

    def cell(*texts):
        for text in texts:
            result = kernel.run_cell(text, store_history=True)
        return result.result if result.success else result.raise_error()

    return cell


CHECK = "from chapter10.notebook import check\ncheck('attention'{})"


def test_check_grades_the_cells_and_shows_why(run):
    found = run(PARTLY, CHECK.format(""))
    assert repr(found) == "16.0"
    assert "You detach the key, so no gradient reaches it." in found._repr_html_()
    assert "<code>attention(query, key, value): gradient of key</code>" in found._repr_html_()


def test_points_go_by_group_and_scale(run):
    assert run(PARTLY, CHECK.format(", 'values'")) == 3.0
    assert run(CHECK.format(", 'gradients', points=6")) == 0.0
    assert run(CHECK.format(", 'properties', points=28")) == 26.0


def test_the_latest_definition_counts_and_experiments_do_not(run):
    assert run(PARTLY, "x = attention(*[torch.ones(2, 2)] * 3)", RIGHT, "1 / 1", CHECK.format("")) == 20.0


def test_inputs_drawn_anew_are_not_told(run):
    again = [run(PARTLY, CHECK.format(", fresh=True"))._repr_html_() for _ in range(2)]
    shown = run(CHECK.format(""))._repr_html_()
    assert again == [shown, shown]


def test_what_a_learner_names_is_escaped(run):
    html = run(
        "def attention(query, key, value, mask=None):\n    raise ValueError('<b>bold</b>')", CHECK.format("")
    )._repr_html_()
    assert "<b>bold</b>" not in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html


def test_an_unknown_name_is_two_lines_and_no_traceback(run, capsys):
    with pytest.raises(notebook.NotebookError) as error:
        run("from chapter10.notebook import check\ncheck('atention')")
    assert error.value._render_traceback_() == [
        "There is no exercise called `atention`.",
        "Did you mean `attention`? `chapter10 list` shows them all.",
    ]
    shown = capsys.readouterr().out
    assert "Did you mean `attention`?" in shown
    assert "Traceback" not in shown
    with pytest.raises(notebook.NotebookError, match="no tests called `speed`"):
        run(CHECK.format(", 'speed'"))


def test_the_cell_magic_runs_its_cell_and_grades_it(run, kernel):
    run(f"%%check attention values\n{RIGHT}")
    assert list(kernel.user_ns["Out"].values()) == [3.0]
    assert run("attention(*[torch.zeros(1, 1)] * 3).item()") == 0.0


def test_the_cell_magic_leaves_an_error_to_the_cell(run, capsys):
    assert run("%%check attention\n1 / 0") is None
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_a_magic_without_an_exercise_says_what_to_write(run):
    with pytest.raises(notebook.NotebookError, match="Name the exercise"):
        run("%check")


def test_a_lab_shows_its_figure(run, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    solution = load_course()["conv2d"].solution.read_text(encoding="utf-8")
    run(solution, "%lab receptive-field --quick --layers 2")
    assert [picture.data[:4] for picture in shown] == [b"\x89PNG"]


def test_outside_a_notebook_check_says_so():
    code = "from chapter10.notebook import check\ncheck('attention')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "This is no notebook" in done.stderr


def test_importing_it_imports_nothing_heavy():
    code = (
        "import sys, chapter10.notebook; print({'torch', 'pytest', 'IPython', 'sqlalchemy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_nbgrader_validates_it_in_a_kernel(tmp_path):
    """The learner's own `nbgrader validate`: a real kernel, which runs the graded cells as they are."""
    cells = [nbformat.v4.new_code_cell(RIGHT)]
    for number, group in enumerate(("values", "gradients")):
        marks = {"grade": True, "solution": False, "locked": True, "points": 3, "grade_id": f"t{number}", "schema_version": 3}
        cells.append(nbformat.v4.new_code_cell(CHECK.format(f", '{group}'"), metadata={"nbgrader": marks}))
    cells[2].source += " / 2"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "attention.ipynb")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", "validate", "attention.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert re.search(r"VALIDATION FAILED ON 1 CELL", done.stdout), done.stdout + done.stderr
    assert "Partial credit" in done.stdout
