"""A verdict as HTML, for a notebook's cell. It needs no style sheet and no script, on light and on dark paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from chapter10.classroom.report.matrices import Example, Matrix, Number, lay_out

_MARKS = {"pass": ("✔", "passed", "#2e8b57"), "fail": ("✘", "failed", "#d1495b"), "error": ("!", "error", "#b5179e"),
          "skip": ("–", "waiting", "#8a8f98")}  # fmt: skip
_BOX = "font-family:system-ui,sans-serif;font-size:14px;line-height:1.5;max-width:60em"
_QUIET = "opacity:.7"
_CELL = "padding:0 .6em;text-align:right;border:0;font-variant-numeric:tabular-nums"
_WRONG = f"{_CELL};font-weight:700;outline:2px solid #d1495b"


def card(verdict: dict[str, Any], tests: Sequence[dict[str, Any]]) -> str:
    """Return some tests of a verdict: one sentence each, the counterexample where it shows something new, and the next step.

    Args:
        verdict: the whole document, for what befell the file as such.
        tests: those of its tests to show.
    """
    if verdict["error"]:
        return f'<div style="{_BOX}"><p>{escape(verdict["error"])}</p></div>'
    earned, most = sum(test["points"] for test in tests), sum(test["max_points"] for test in tests)
    parts = [f"<p><b>{earned:g} of {most:g} points</b></p>"]
    shown: Any = None
    for test in tests:
        parts.append(_test(test))
        if test["counterexample"] and test["counterexample"] != shown and test["status"] == "fail":
            shown = test["counterexample"]
            parts.append(_example(lay_out(shown)))
    return f'<div style="{_BOX}">{"".join(parts)}</div>'


def _test(test: dict[str, Any]) -> str:
    mark, word, colour = _MARKS[test["status"]]
    head = (
        f'<span role="img" aria-label="{word}" style="color:{colour};font-weight:700">{mark}</span> {escape(test["title"])} '
        f'<span style="{_QUIET}">{test["points"]:g}/{test["max_points"]:g}</span>'
    )
    lines = [head]
    if test["status"] != "pass" and test["message"]:
        lines.append(escape(test["message"]))
    if test["status"] == "fail" and test["help"]:
        lines.append(f"Next: {escape(test['help'])}")
    return f'<p style="margin:.4em 0">{"<br>".join(lines)}</p>'


def _example(example: Example | None) -> str:
    if example is None:
        return ""
    call = escape(f"{example.call}: {example.what}" if example.what else example.call)
    tables = "".join(_matrix(matrix) for matrix in [*example.inputs, *example.answers])
    note = f'<p style="{_QUIET};margin:.2em 0">{escape(example.difference)}</p>' if example.difference else ""
    return f'<div style="margin:.2em 0 .8em 1.4em"><code>{call}</code><div>{tables}</div>{note}</div>'


def _matrix(matrix: Matrix) -> str:
    blocks = "".join(
        f'{f"<div>{escape(block.label)}</div>" if block.label else ""}<table style="margin:0;border-collapse:collapse">'
        f"{''.join(_row(row) for row in block.rows)}</table>"
        for block in matrix.blocks
    )
    return (
        '<div style="display:inline-block;vertical-align:top;margin:.3em 1.6em .3em 0">'
        f'<div style="{_QUIET}">{escape(matrix.name)}</div>{blocks or escape(matrix.said)}</div>'
    )


def _row(row: list[Number]) -> str:
    cells = "".join(f'<td style="{_WRONG if number.wrong else _CELL}">{escape(number.text)}</td>' for number in row)
    return f'<tr style="background:none">{cells}</tr>'
