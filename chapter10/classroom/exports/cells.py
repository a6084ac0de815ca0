"""How points and texts are written into the cells of a table that a spreadsheet or a platform will open."""

from __future__ import annotations

import csv
from typing import TextIO

from chapter10.classroom.found import Person
from chapter10.classroom.gradebook.view import Cell, ClassView
from chapter10.classroom.roster import Roster

# What a spreadsheet takes for the beginning of a formula, in the forms of East Asian keyboards too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(text: str) -> str:
    """Return text that no spreadsheet runs: an apostrophe goes before what would begin a formula. A dash alone is none."""
    return f"'{text}" if text.startswith(_FORMULA) and len(text) > 1 else text


def number(value: float) -> str:
    """Return points with at most two decimals: `12`, `12.5`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def counts(cell: Cell) -> bool:
    """Say whether there are points to report: somebody or a verdict has decided on them."""
    return cell.override is not None or cell.verdict is not None


def points(cell: Cell, most: float | None = None) -> str:
    """Return the points that count, scaled where the other system gives `most` for the exercise; empty where nothing does.

    An empty cell leaves alone what the other system has. A student who handed in nothing gets no 0 from here.
    """
    if not counts(cell):
        return ""
    return number(cell.points * most / cell.max_points if most and cell.max_points else cell.points)


def write_rows(out: TextIO, rows: list[list[str]]) -> None:
    """Write a table as CSV, every cell safe."""
    csv.writer(out, lineterminator="\r\n").writerows([safe(cell) for cell in row] for row in rows)


def roster_of(view: ClassView) -> Roster:
    """Return the students of a gradebook as a roster, to find them by what another system calls them."""
    return Roster([Person(each.key, each.name, each.email, each.section, each.ids) for each in view.students])
