"""chapter10 inside Jupyter: `check` for a cell, and with `%load_ext chapter10` the magics `%check`, `%%check` and `%lab`.

    from chapter10.notebook import check
    check("attention")

The answer is taken from the cells that were run, and graded in another process, as `chapter10 check` does it.
"""

from __future__ import annotations

import functools
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from chapter10 import service
from chapter10.course import Course, Exercise, load_course
from chapter10.errors import Chapter10Error
from chapter10.learner.history import relevant

REMEMBERED = 32  # verdicts: the graded cells of a notebook ask for the same one


class NotebookError(Chapter10Error):
    """What a notebook shows in place of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [part for part in (self.message, self.hint) if part]


class Points(float):
    """What was earned: a number for nbgrader, a verdict for the reader."""

    html = ""

    def _repr_html_(self) -> str:
        return self.html


def check(exercise: str, group: str | None = None, *, points: float | None = None, fresh: bool = False) -> Points:
    """Grade what the notebook's cells define.

    Args:
        exercise: as in `chapter10 check`.
        group: "values", "gradients", "properties" or "training": only those tests.
        points: what they are worth here, when not what the suite gives for them.
        fresh: on inputs drawn anew, where the solutions are installed; what was expected for them is not shown.

    Returns:
        The points earned. As the last expression of a cell they show the verdict, and nbgrader takes them as partial credit.

    Raises:
        NotebookError: there is no such exercise or group, this is no notebook, or the engine failed.
    """
    from chapter10.classroom.nbgrader.card import card
    from chapter10.classroom.nbgrader.verdicts import score, tests_of

    try:
        entry = load_course()[exercise]
        reply = _grade(entry.id, tuple(relevant(_history(), _names(entry))), fresh)
        tests = tests_of(reply, group)
        earned = Points(score(tests, points))
    except Chapter10Error as error:
        raise NotebookError(error.message, error.hint) from None
    earned.html = card(reply["verdict"], tests)
    return earned


@functools.lru_cache(REMEMBERED)
def _grade(exercise: str, cells: tuple[str, ...], fresh: bool) -> dict[str, Any]:
    return service.shared().grade(exercise, cells, f"{exercise}.ipynb", fresh=fresh)


def _names(exercise: Exercise) -> list[str]:
    return [name for name in exercise.parameters if "." not in name]


def _history() -> list[str]:
    """Return the cells of this kernel as they were written, the first at 0."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        raise NotebookError("This is no notebook: `check` reads the cells that were run.", "For files: `chapter10 check`.")
    return list(shell.history_manager.input_hist_raw)[1:]


# Magics -----------------------------------------------------------------------------------------------------------------


def load_ipython_extension(shell: Any) -> None:
    """Add the magics to a kernel: what `%load_ext chapter10` does."""
    shell.register_magic_function(_check_magic, "line_cell", "check")
    shell.register_magic_function(_lab_magic, "line", "lab")


def _check_magic(line: str, cell: str | None = None) -> Points | None:
    """`%check EXERCISE [GROUP]` grades; as `%%check` it runs its cell first."""
    words = shlex.split(line)
    if not 1 <= len(words) <= 2:
        raise NotebookError("Name the exercise: `%%check attention`.", "`!chapter10 list` shows them all.")
    if cell is not None:
        result = sys.modules["IPython"].get_ipython().run_cell(cell, store_history=False)
        if not result.success:
            return None  # the cell's own error has been shown
    return check(*words)


def _lab_magic(line: str) -> None:
    """`%lab NAME [OPTIONS]` runs one of the chapter's experiments on the notebook's code, and shows its figure here."""
    from IPython.display import Image, display

    with tempfile.TemporaryDirectory() as folder:
        _write_workspace(Path(folder), load_course())
        results = Path(folder) / "results"
        command = [sys.executable, "-P", "-m", "chapter10.cli.main", "lab", *shlex.split(line)]
        if len(command) > 5:
            command += ["--out", str(results)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        for picture in sorted(results.glob("*.png")):
            display(Image(picture.read_bytes()))
        said = "\n".join(text for text in done.stdout.splitlines() if folder not in text)  # files that are gone in a moment
        print(said.strip() or done.stderr.strip())


def _write_workspace(root: Path, course: Course) -> None:
    """Lay out the notebook's answers as files, for the commands that read those."""
    from chapter10.learner.notebook import join
    from chapter10.learner.workspace import MARKER

    (root / MARKER).mkdir()
    history = _history()
    for exercise in course.exercises:
        text = join(relevant(history, _names(exercise))).text
        if text.strip():
            (root / exercise.filename).write_text(text, encoding="utf-8")
