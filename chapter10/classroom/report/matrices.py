"""A counterexample of a verdict, laid out to be drawn: named tables of numbers, the first wrong one marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chapter10.numbers import alike, short


@dataclass(frozen=True)
class Number:
    """One number as it is written; `wrong` marks the first that parts from what was expected."""

    text: str
    wrong: bool = False


@dataclass(frozen=True)
class Block:
    """A flat piece of a tensor; `label` says which one where a tensor has several: `[0, 1]`."""

    label: str
    rows: list[list[Number]]


@dataclass(frozen=True)
class Matrix:
    """A named tensor, or in `said` what came in its place: a number, a list, an exception."""

    name: str
    blocks: list[Block]
    said: str = ""


@dataclass(frozen=True)
class Example:
    """The call, what went in, and the answers side by side."""

    call: str
    what: str  # empty for the result itself; otherwise "gradient of key"
    inputs: list[Matrix]
    answers: list[Matrix]
    difference: str  # in words, for those who do not see the mark


def lay_out(document: dict[str, Any] | None) -> Example | None:
    """Return a verdict's counterexample, laid out; None where there is none."""
    if document is None:
        return None
    difference = document["first_difference"]
    wide = bool(difference) and alike(difference["expected"], difference["yours"])
    at = tuple(difference["index"]) if difference else None
    answers = [_matrix("yours", document["yours"], wide, at)]
    if document["expected"] is not None:
        answers.insert(0, _matrix("expected", document["expected"], wide))
    return Example(
        call=document["call"],
        what="" if document["what"] == "result" else document["what"],
        inputs=[_matrix(name, value) for name, value in document["inputs"].items()],
        answers=answers,
        difference=_in_words(difference, wide) if difference else "",
    )


def _in_words(difference: dict[str, Any], wide: bool) -> str:
    expected, yours = short(difference["expected"], wide), short(difference["yours"], wide)
    return f"The first difference is at {difference['index']}: expected {expected}, yours {yours}."


def _matrix(name: str, value: Any, wide: bool = False, wrong: tuple[int, ...] | None = None) -> Matrix:
    if isinstance(value, dict) and "values" in value:
        if 0 in value["shape"]:
            return Matrix(name, [], f"no numbers, shape {tuple(value['shape'])}")
        return Matrix(name, _blocks(value["values"], len(value["shape"]), (), wide, wrong))
    return Matrix(name, [], short(value, wide))


def _blocks(values: Any, axes: int, index: tuple[int, ...], wide: bool, wrong: tuple[int, ...] | None) -> list[Block]:
    """Cut a tensor into its last two axes."""
    if axes > 2:
        return [block for at, item in enumerate(values) for block in _blocks(item, axes - 1, (*index, at), wide, wrong)]
    rows = values if axes == 2 else [values] if axes == 1 else [[values]]
    numbers = [
        [Number(short(item, wide), _place(index, axes, row, column) == wrong) for column, item in enumerate(line)]
        for row, line in enumerate(rows)
    ]
    label = f"[{', '.join(map(str, index))}]" if index else ""
    return [Block(label, numbers)]


def _place(index: tuple[int, ...], axes: int, row: int, column: int) -> tuple[int, ...]:
    return (*index, *(row, column)[2 - axes :])
