"""An exercise as nbgrader's source notebook: the chapter's words and figure, the stub with its solution, the graded cells."""

from __future__ import annotations

import ast
import base64
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from chapter10.classroom.nbgrader import chapter
from chapter10.course import Exercise
from chapter10.learner.notebook import save, stub_parts

Groups = dict[str, dict[str, float]]
FIGURE = "figure.png"
_ABOUT = {
    "values": "the values that all else builds on",
    "gradients": "the gradients",
    "properties": "everything else that the docstrings promise",
    "training": "whether it learns",
}


def write(exercise: Exercise, groups: Groups, path: Path) -> None:
    """Write the source notebook of an exercise.

    Args:
        exercise: whose.
        groups: the points of its suite's tests, by what they are about.
        path: where.
    """
    words, parts = stub_parts(exercise)
    save(exercise, [_about(exercise, words), *_answer(exercise, parts), *_tests(exercise, groups)], path)


def _about(exercise: Exercise, words: str) -> NotebookNode:
    """Return what is there to read: locked, so that every learner's copy says the same."""
    picture = chapter.figure(exercise.id)
    shown = f"![{chapter.caption(exercise.id)}](attachment:{FIGURE})\n\n*{chapter.caption(exercise.id)}*" if picture else ""
    text = "\n\n".join(part for part in (words, chapter.explanation(exercise.id), shown) if part)
    about = nbformat.v4.new_markdown_cell(text, metadata=_marks(f"{exercise.id}-about", locked=True))
    if picture:
        about["attachments"] = {FIGURE: {"image/png": base64.b64encode(picture).decode()}}
    return about


def _answer(exercise: Exercise, parts: Sequence[str]) -> list[NotebookNode]:
    """Return the stub's cells. The solution follows each stub in its cell, so that what is released is the stub itself."""
    solutions = split_solution(exercise.solution.read_text(encoding="utf-8"), [_names(part) for part in parts])
    cells = []
    for number, (part, solution) in enumerate(zip(parts, solutions, strict=True)):
        if not solution:
            cells.append(nbformat.v4.new_code_cell(part))
            continue
        source = f"{part}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
        cells.append(nbformat.v4.new_code_cell(source, metadata=_marks(f"{exercise.id}-{number}", solution=True)))
    return cells


def split_solution(text: str, wanted: Sequence[set[str]]) -> list[str]:
    """Cut a solution into the pieces that belong to cells, in its own order.

    Args:
        text: the solution's file.
        wanted: for each cell, the functions and classes that it defines.

    Returns:
        A piece for each cell; empty where there is nothing to solve. Imports and helpers come with what follows them.
    """
    pieces = ["" for _ in wanted]
    homes = {name: at for at, names in enumerate(wanted) for name in names}
    lines, taken, home = text.splitlines(), 0, 0
    for node in ast.parse(text).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            taken = node.end_lineno or 0  # the file's docstring
        name = getattr(node, "name", "")
        if name in homes:
            home = homes[name]
            pieces[home] += "\n".join(lines[taken : node.end_lineno]) + "\n"
            taken = node.end_lineno or 0
    pieces[home] += "\n".join(lines[taken:])
    return [piece.strip("\n") for piece in pieces]


def _names(part: str) -> set[str]:
    return {node.name for node in ast.parse(part).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def _tests(exercise: Exercise, groups: Groups) -> list[NotebookNode]:
    """Return a graded cell for each group. What a learner sees asks the recorded questions; what is hidden asks new ones."""
    cells = []
    for group, tests in groups.items():
        points = sum(tests.values())
        call = f'check("{exercise.id}", "{group}", points={points:g}'
        source = (
            f"# {points:g} points: {_ABOUT[group]}.\n"
            f"from chapter10.notebook import check\n\n"
            f"{call})\n"
            f"### BEGIN HIDDEN TESTS\n{call}, fresh=True)\n### END HIDDEN TESTS"
        )
        marks = _marks(f"{exercise.id}-{group}", grade=True, locked=True, points=points)
        cells.append(nbformat.v4.new_code_cell(source, metadata=marks))
    return cells


def _marks(grade_id: str, points: float | None = None, **kinds: bool) -> dict[str, dict[str, object]]:
    """Return nbgrader's metadata of a cell."""
    marks: dict[str, object] = {"grade": False, "solution": False, "locked": False, "task": False, **kinds}
    marks |= {"grade_id": grade_id, "schema_version": 3}
    if points is not None:
        marks["points"] = points
    return {"nbgrader": marks}
