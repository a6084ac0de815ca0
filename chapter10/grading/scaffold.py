"""`chapter10 new`: the files of a new exercise, ready to be filled in."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from chapter10.course import folder
from chapter10.errors import Chapter10Error

_STUB = '''"""TITLE.

TODO: what it is, in two sentences. Chapter section: …. Source: ….
"""

import torch
from torch import Tensor


def {name}(x: Tensor) -> Tensor:
    """Return ….

    Args:
        x: (N, d), ….

    Returns:
        (N, d), in the dtype of x.

    What the grader holds you to:
        - float32 and float64;
        - x is left as it was.

    Example:
        >>> {name}(torch.ones(1, 2))
        tensor([[1., 1.]])
    """
    # TODO 1: ….
    raise NotImplementedError("TODO: {name}")
'''

_SOLUTION = '''"""TITLE (source)."""

from torch import Tensor


def {name}(x: Tensor) -> Tensor:
    """Return …. See `exercises/{name}.py` for the contract."""
    return x.clone()
'''

_WRONG = '''"""You double the numbers.

Why that is wrong, and one thing to look at next.
"""

from torch import Tensor


def {name}(x: Tensor) -> Tensor:
    return x * 2
'''

_VARIANT = '''"""Row by row."""

import torch


def {name}(x):
    return torch.stack([row.clone() for row in x])
'''

_SUITE = '''"""TITLE: what the suite covers."""

from chapter10.grading import assert_close, fail
from pytest import mark


def probe_one_row(subject, draw):
    """One row of two numbers."""
    subject.{name}(draw.small(1, 2))


@mark.points(3)
def test_numbers(student, reference, draw):
    """The result is …."""
    for shape in ((1, 2), (3, 4)):
        x = draw.normal(*shape)
        assert_close(student.{name}(x), reference.{name}(x))


@mark.needs("test_numbers")
@mark.points(1)
def test_input_unchanged(student, draw):
    """x is left as it was."""
    if student.{name}.changed(draw.normal(2, 3)):
        fail("`x` is not what it was before the call: your function changed it in place.")
'''

_ENTRY = """
  {name}:
    title: TITLE
    layer: optional
    section: A heading of the chapter
    minutes: 20
    summary: One line.
    hints:
      - The first step.
      - One step further.
      - Nearly there, but not the solution.
    forbidden: []
"""


def lay_out(name: str) -> list[Path]:
    """Write the files of the exercise `name` and its entry in course.yaml; return what was written.

    Raises:
        Chapter10Error: the name is no Python name, the exercise exists, or this is no checkout.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise Chapter10Error(f"`{name}` cannot be the name of an exercise.", "Use lower-case letters, digits and `_`.")
    exercises, solutions, graders = folder("exercises"), folder("solutions"), folder("graders")
    files = {
        exercises / f"{name}.py": _STUB,
        solutions / f"{name}.py": _SOLUTION,
        solutions / "misconceptions" / name / "doubled.py": _WRONG,
        solutions / "variants" / name / "row_by_row.py": _VARIANT,
        graders / f"test_{name}.py": _SUITE,
    }
    existing = [path for path in files if path.exists()]
    if existing:
        raise Chapter10Error(f"{existing[0]} is there already.", "Choose another name; nothing was written.")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("{name}", name).replace("TITLE", name), encoding="utf-8")
        with (exercises / "course.yaml").open("a", encoding="utf-8") as file:
            file.write(_ENTRY.replace("{name}", name).replace("TITLE", name))
    except OSError as error:
        raise Chapter10Error(
            f"{error.filename} cannot be written: {error.strerror}.", "Work in a checkout of your own."
        ) from error
    return [*files, exercises / "course.yaml"]
