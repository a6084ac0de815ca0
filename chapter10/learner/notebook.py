"""Notebooks as answers: the code cells of an .ipynb joined to one source, and stubs laid out as notebooks.

What IPython alone understands (magics, shell lines, `name?`) is taken out line by line, so that every line keeps its place in
its cell.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chapter10.course import Exercise
from chapter10.errors import WorkspaceError

MAX_NOTEBOOK = 64 << 20  # bytes: pictures in the outputs make notebooks large
_PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%check")  # cell magics whose cell is still Python
_MAGIC = re.compile(r"^\s*(%|!|\?|get_ipython\(\))|^\s*[\w.]+\?{1,2}\s*$")
_ASSIGNED = re.compile(r"^(\s*[\w.,\s]+?=\s*)(?:%|!)[^=]")
_GRADING = re.compile(r"^from chapter10\.notebook import check\b.*$", re.MULTILINE)  # means nothing while it is graded itself
_FUTURE = re.compile(r"^from __future__ import \S")


@dataclass(frozen=True)
class Notebook:
    """The source in a notebook, and for each of its lines the place it came from: (cell, line), counted from 1."""

    text: str
    places: tuple[tuple[int, int], ...]

    def place(self, line: int) -> str:
        """Return how a person finds a line of `text`: cells are counted without those that hold no code."""
        if not 1 <= line <= len(self.places) or self.places[line - 1][0] == 0:
            return f"line {line}"
        cell, within = self.places[line - 1]
        return f"cell {cell}, line {within}"


def read_notebook(path: Path) -> Notebook:
    """Return the code of a notebook. Raises WorkspaceError, saying what is wrong with it, when it is not one."""
    return join(code_of(read_document(path), path))


def read_document(path: Path) -> Any:
    """Return the JSON in a notebook's file, whatever it holds. Raises WorkspaceError when there is none."""
    if path.is_dir():
        raise WorkspaceError(f"{path} is a folder, not a notebook.", "Name the file: `--file PATH`.")
    try:
        if path.stat().st_size > MAX_NOTEBOOK:
            raise WorkspaceError(f"{path} is larger than {MAX_NOTEBOOK >> 20} MB.", "Clear its outputs and save it again.")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise WorkspaceError(
            f"There is no file {path}.", "`chapter10 start --notebooks` puts missing notebooks back."
        ) from None
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise WorkspaceError(
            f"{path} is not a notebook: it is not valid JSON.", "Save it again, from Jupyter or VS Code."
        ) from error


def code_of(document: Any, path: Path) -> list[str]:
    """Return the code cells of a notebook's document. nbgrader's test cells are empty here: they grade, and are not graded.

    Raises:
        WorkspaceError: it is no notebook.
    """
    return ["" if _is_test(cell) else _source(cell) for cell in _code_cells(document, path)]


def _is_test(cell: dict[str, Any]) -> bool:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return isinstance(marks, dict) and marks.get("grade") is True and marks.get("solution") is False


def join(cells: list[str]) -> Notebook:
    """Join the sources of code cells."""
    lines: list[str] = []
    places: list[tuple[int, int]] = []
    for number, cell in enumerate(cells, start=1):
        for within, line in enumerate(plain(cell).split("\n"), start=1):
            if _FUTURE.match(line):  # each cell is compiled by itself; a file allows it at its top alone
                lines.insert(0, line)
                places.insert(0, (number, within))
                line = ""
            lines.append(line)
            places.append((number, within))
    if any("display(" in line for line in lines):  # what IPython gives every notebook
        lines.insert(sum(_FUTURE.match(line) is not None for line in lines), "display = print")
        places.insert(0, (0, 0))
    return Notebook("\n".join(lines) + "\n", tuple(places))


def _code_cells(document: Any, path: Path) -> list[dict[str, Any]]:
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict):  # nbformat 3 keeps them in worksheets
        sheets = document.get("worksheets")
        cells = sheets[0].get("cells") if isinstance(sheets, list) and sheets and isinstance(sheets[0], dict) else None
    if not isinstance(cells, list):
        raise WorkspaceError(f"{path} is not a notebook: it has no cells.", "Is it the right file?")
    return [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    return text.replace("\r\n", "\n").replace("\0", "")


def plain(cell: str) -> str:
    """Return a cell with the same number of lines and nothing in it that only a notebook understands."""
    lines = _GRADING.sub("check = lambda *_, **__: None", cell).split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%"):
        if not first.startswith(_PYTHON_MAGICS):
            return "\n" * (len(lines) - 1)
        lines[lines.index(first)] = ""
    if _parses("\n".join(lines)):
        return "\n".join(lines)
    for at, line in enumerate(lines):
        magic, assigned = _MAGIC.match(line), _ASSIGNED.match(line)
        if (magic or assigned) and _begins_statement(lines[:at]):
            indent = line[: len(line) - len(line.lstrip())]
            lines[at] = f"{indent}pass" if magic else f"{assigned[1] if assigned else ''}None"
    return "\n".join(lines)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _begins_statement(before: list[str]) -> bool:
    """Say whether the line after `before` begins a statement: it is in no string and no bracket."""
    if before and before[-1].endswith("\\"):
        return False
    try:
        for _ in tokenize.generate_tokens(io.StringIO("\n".join(before) + "\n").readline):
            pass
    except tokenize.TokenError:
        return False
    except SyntaxError:  # an indentation that does not fit: no string is open
        pass
    return True


def write_stub(exercise: Exercise, path: Path) -> None:
    """Lay out a stub as a notebook: its words, a cell for each part, and one that checks it."""
    import nbformat

    words, parts = stub_parts(exercise)
    cells = [nbformat.v4.new_markdown_cell(words)] if words else []
    cells += [nbformat.v4.new_code_cell(part) for part in parts]
    cells.append(nbformat.v4.new_markdown_cell("Save the notebook, then:"))
    cells.append(nbformat.v4.new_code_cell(f"!chapter10 check {exercise.id} --file {path.name}"))
    save(exercise, cells, path)


def stub_parts(exercise: Exercise) -> tuple[str, list[str]]:
    """Return a stub's words as Markdown, and its code cut into cells."""
    import jupytext

    cells = jupytext.reads(exercise.stub.read_text(encoding="utf-8"), fmt="py:light").cells
    parts = [cell.source for cell in cells]
    words = _docstring_alone(parts[0]) if parts else None
    if words is None:
        return "", parts
    title, _, rest = words.partition("\n")
    return f"# {title.rstrip('.')}\n{rest}".rstrip(), parts[1:]


def save(exercise: Exercise, cells: list[Any], path: Path) -> None:
    """Write cells as a notebook; their ids are the same in everybody's copy."""
    import nbformat

    for number, cell in enumerate(cells):
        cell["id"] = f"{exercise.id.replace('_', '-')}-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    path.write_text(nbformat.writes(made) + "\n", encoding="utf-8")


def _docstring_alone(source: str) -> str | None:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return None
    if len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return str(body[0].value.value).strip()
    return None
