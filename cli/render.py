"""Verdicts for people: one sentence for each failing test, the smallest counterexample as matrices, one next step.

Everything that a colour or a place on the screen says, a word or a mark says too. With CHAPTER10_PLAIN=1, or on a terminal that
calls itself dumb, marks become words and matrices are written row by row, one below the other: what a screen reader reads well.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from chapter10.course import Exercise
from chapter10.numbers import alike, short

if TYPE_CHECKING:  # the package of the results imports torch, and a list of exercises must not wait for that
    from chapter10.grading.results import TestResult, Verdict

_MARKS = {
    "pass": ("✔", "ok", "passed:", "green"),
    "fail": ("✘", "XX", "failed:", "red"),
    "error": ("!", "!!", "error:", "magenta"),
    "skip": ("–", "--", "waiting:", "bright_black"),
}
GAP = "   "
NARROW = 60  # columns; below, indents shrink and tables lose what can be looked up


def make_console(**options: Any) -> Console:
    """Return the console that commands print to. Rich heeds NO_COLOR, and the width of the terminal."""
    return Console(highlight=False, **options)


def is_plain() -> bool:
    """Say whether the reader wants words in a row instead of marks and columns."""
    return bool(os.environ.get("CHAPTER10_PLAIN")) or os.environ.get("TERM") == "dumb"


def speaks_unicode(console: Console) -> bool:
    """Say whether marks beyond ASCII arrive: legacy Windows consoles and C locales show something else."""
    return not console.legacy_windows and console.encoding.lower().startswith("utf")


def mark_of(console: Console, status: str) -> Text:
    """Return the mark of a test's status."""
    mark, ascii_mark, word, colour = _MARKS[status]
    return Text(word if is_plain() else mark if speaks_unicode(console) else ascii_mark, style=colour)


def print_verdict(console: Console, exercise: Exercise, verdict: Verdict, verbose: bool = False) -> None:
    """Print a verdict."""
    head = Text(exercise.id, style="bold")
    head.append(f"  {exercise.title}", style="default not bold")
    console.print(head)
    if verdict.error:
        console.print(_indented(console, verdict.error, "red", 2))
        return
    shown: Any = None
    skipped = [test for test in verdict.tests if test.status == "skip"]
    for test in verdict.tests:
        if test.status == "skip" and not verbose:
            continue
        _print_test(console, test, verbose)
        if test.counterexample and test.counterexample != shown:
            shown = test.counterexample
            print_counterexample(console, shown)
    if skipped and not verbose:
        waiting = "1 more test waits" if len(skipped) == 1 else f"{len(skipped)} more tests wait"
        line = Text("  ").append_text(mark_of(console, "skip")).append(f" {waiting} for these.", style="bright_black")
        console.print(line)
    console.print()
    _print_summary(console, exercise, verdict)
    if verbose:
        _print_details(console, verdict)


def _print_test(console: Console, test: TestResult, verbose: bool) -> None:
    from rich.table import Table

    line = Text(test.title)
    line.append(f"  {test.points:g}/{test.max_points:g}", style="bright_black")
    if verbose:
        line.append(f"  {test.name}, {test.duration * 1000:.0f} ms", style="bright_black")
    grid = Table.grid(padding=(0, 1, 0, 0))  # what does not fit goes on under the words, not under the mark
    grid.add_row(Text(" "), mark_of(console, test.status), line)
    console.print(grid)
    if test.status in ("fail", "error") or (verbose and test.message):
        console.print(_indented(console, test.message, "red" if test.status == "fail" else "default", 4))
    if test.status == "fail" and test.help:
        console.print(_indented(console, f"Next: {test.help}", "default", 4))


def _indented(console: Console, text: str, style: str, indent: int) -> Any:
    from rich.padding import Padding

    return Padding(Text(text, style=style), (0, 0, 0, indent if console.width >= NARROW else 2))


def _print_summary(console: Console, exercise: Exercise, verdict: Verdict) -> None:
    points = f"{verdict.points:g} of {verdict.max_points:g} points."
    if verdict.status == "pass":
        console.print(Text(f"{points} All tests that ran here have passed.", style="green"))
        return
    text = Text(points, style="bold")
    again = f" To read again: “{exercise.section}” in the chapter. Stuck? `chapter10 hint {exercise.id}`"
    text.append(again, style="default not bold")
    console.print(text)


def _print_details(console: Console, verdict: Verdict) -> None:
    environment = verdict.environment
    if verdict.output:
        console.print(Text("Your code printed:", style="bold"))
        console.print(Text(verdict.output.rstrip()), highlight=False)
    for flag in verdict.flags:
        where = f", line {flag.line}" if flag.line else ""
        console.print(Text(f"Note{where}: {flag.kind}: {flag.detail}", style="yellow"))
    walls = ", ".join(environment.get("walls", []))
    source = "the recording" if environment.get("recorded") else f"seed {environment.get('seed')}"
    console.print(
        Text(
            f"isolation {environment.get('isolation')} ({walls}); torch {environment.get('torch')}; inputs from {source}; "
            f"{verdict.duration:.2f} s",
            style="bright_black",
        )
    )


def print_counterexample(console: Console, example: dict[str, Any]) -> None:
    """Print inputs, expected and yours as small aligned matrices, the first wrong number in brackets."""
    what = "" if example["what"] == "result" else f": {example['what']}"
    console.print(_indented(console, f"{example['call']}{what}", "bold", 4))
    difference = example["first_difference"]
    at = difference["index"] if difference else None
    wide = bool(difference) and alike(difference["expected"], difference["yours"])
    answers = {"yours": example["yours"]}
    if example["expected"] is not None:
        answers = {"expected": example["expected"], **answers}
    if is_plain():
        for name, value in {**example["inputs"], **answers}.items():
            console.print(Text("\n".join(f"      {line}" for line in spoken(name, value, wide))), soft_wrap=True)
        if difference:
            console.print(
                f"      first difference: at {at}, expected {short(difference['expected'], wide)}, "
                f"yours {short(difference['yours'], wide)}",
                markup=False,
            )
        return
    indent = "      " if console.width >= NARROW else "  "
    room = max(console.width - len(indent), 20)
    inputs = [block(name, value, None, False, room) for name, value in example["inputs"].items()]
    marked = [block(name, value, at if name == "yours" else None, wide, room) for name, value in answers.items()]
    for group in (inputs, marked):
        for line in beside(group, room):
            console.print(Text(f"{indent}{line}"), soft_wrap=True)


def spoken(title: str, value: Any, wide: bool) -> list[str]:
    """Return a matrix as lines to be read aloud: one for each row, each with its number."""
    if not (isinstance(value, dict) and "values" in value):
        return [f"{title}: {short(value, wide)}"]
    rows = [row for row in _rows(value["values"], len(value["shape"]), [], None, wide) if row != [""]]
    if len(rows) == 1:
        return [f"{title}: {', '.join(rows[0])}"]
    return [f"{title}, row {number}: {', '.join(row)}" for number, row in enumerate(rows)]


def block(title: str, value: Any, marked: list[int] | None, wide: bool, room: int = 1000) -> list[str]:
    """Return a titled matrix as lines of equal width. `marked` is the index of the number to put in brackets.

    A matrix that is wider than `room` is cut between columns, and its parts are put below each other.
    """
    if isinstance(value, dict) and "values" in value:
        rows = _rows(value["values"], len(value["shape"]), [], marked, wide)
    else:
        rows = [[short(value, wide)]]
    columns = max((len(row) for row in rows), default=0)
    widths = [max((len(row[at]) for row in rows if at < len(row)), default=0) for at in range(columns)]
    lines = [title]
    parts = _parts(widths, room)
    for first, last in parts:
        if len(parts) > 1:
            lines.append(f"columns {first}-{last - 1}:" if last - first > 1 else f"column {first}:")
        for row in rows:
            cells = zip(row[first:last], widths[first:last], strict=False)
            lines.append("  ".join(cell.rjust(width) for cell, width in cells))
    width = max(len(line) for line in lines)
    return [line.ljust(width) for line in lines]


def _parts(widths: list[int], room: int) -> list[tuple[int, int]]:
    """Return the ranges of columns that fit into `room`."""
    parts, first, used = [], 0, 0
    for at, width in enumerate(widths):
        if at > first and used + width > room:
            parts.append((first, at))
            first, used = at, 0
        used += width + 2
    return [*parts, (first, len(widths))]


def _rows(values: Any, dimensions: int, index: list[int], marked: list[int] | None, wide: bool) -> list[list[str]]:
    if dimensions == 0:
        return [[_cell(values, index, marked, wide)]]
    if dimensions == 1:
        return [[_cell(item, [*index, at], marked, wide) for at, item in enumerate(values)]]
    rows: list[list[str]] = []
    for at, item in enumerate(values):
        if dimensions > 2 and rows:
            rows.append([""])
        rows += _rows(item, dimensions - 1, [*index, at], marked, wide)
    return rows


def _cell(value: Any, index: list[int], marked: list[int] | None, wide: bool) -> str:
    text = short(value, wide)
    return f"[{text}]" if marked == index else text


def beside(blocks: list[list[str]], width: int) -> list[str]:
    """Put blocks next to each other, in as many rows of blocks as the width asks for."""
    lines: list[str] = []
    row: list[list[str]] = []
    for entry in [*blocks, []]:
        used = sum(len(part[0]) + len(GAP) for part in row)
        if row and (not entry or used + len(entry[0]) > width):
            height = max(len(part) for part in row)
            padded = [part + [" " * len(part[0])] * (height - len(part)) for part in row]
            lines += [GAP.join(cells).rstrip() for cells in zip(*padded, strict=True)]
            row = []
        if entry:
            row.append(entry)
    return lines


# Overviews -------------------------------------------------------------------------------------------------------------


def print_list(console: Console, title: str, rows: Sequence[dict[str, Any]], following: str | None) -> None:
    """Print the exercises as a table: what is passed, what comes next, layer, minutes, points."""
    from rich.table import Table

    if is_plain():
        for row in rows:
            state = (
                "passed" if row["passed"] else "next" if row["id"] == following else "given up" if row["gave_up"] else "open"
            )
            console.print(
                f"{row['id']}: {state}, {row['layer']}, {row['minutes']} minutes, {_points(row)} points. {row['title']}.",
                markup=False,
            )
        return
    console.print(Text(title, style="bold"))
    done, upcoming = ("✔", "→") if speaks_unicode(console) else ("ok", ">")
    narrow = console.width < NARROW
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    for name in ("", "exercise", *([] if narrow else ["layer"]), "min", "points", *([] if narrow else ["what it is"])):
        table.add_column(name, justify="right" if name in ("min", "points") else "left", no_wrap=name != "what it is")
    for row in rows:
        mark = done if row["passed"] else upcoming if row["id"] == following else " "
        cells = [mark, row["id"], row["layer"], str(row["minutes"]), _points(row), row["title"]]
        table.add_row(*(cells[:2] + cells[3:5] if narrow else cells))
    console.print(table)


def print_progress(console: Console, summary: dict[str, Any]) -> None:
    """Print a bar for each layer, the points, and how long the rest takes."""
    rows = [*summary["layers"], {**summary, "layer": "all"}]
    for row in rows:
        share = row["points"] / row["max_points"] if row["max_points"] else 0.0
        done = f"{row['passed']} of {row['exercises']} passed"
        left = f"{duration(row['minutes_left'])} left" if row["minutes_left"] else "done"
        if is_plain():
            console.print(f"{row['layer']}: {done}, {_points(row)} points, {left}", markup=False)
            continue
        if row["layer"] == "all":
            console.print()
        wide = console.width >= 80
        head = f"{row['layer']:<10}{bar(console, share, 20 if wide else 10)} {share:>4.0%}"
        tail = f"  {done:<15}  {_points(row):>8}  {left}" if wide else f"\n  {done}, {left}"
        console.print(Text(head + tail))
    if summary["next"]:
        console.print(Text(f"Next: `chapter10 check {summary['next']}`"))


def bar(console: Console, share: float, width: int) -> str:
    """Return a bar of `width` characters, `share` of it full."""
    full, empty = ("█", "░") if speaks_unicode(console) else ("#", ".")
    count = min(max(int(share * width + 0.5), 0), width)
    return full * count + empty * (width - count)


def duration(minutes: float) -> str:
    """Return minutes in words: `1 h 25 min`."""
    hours, rest = divmod(round(minutes), 60)
    return f"{rest} min" if not hours else f"{hours} h" if not rest else f"{hours} h {rest} min"


def print_source(console: Console, text: str) -> None:
    """Print Python source, in colours at a terminal that has them."""
    if console.is_terminal and not console.no_color and not is_plain():
        from rich.syntax import Syntax

        console.print(Syntax(text, "python", background_color="default", word_wrap=True))
    else:
        console.file.write(text)


def _points(row: dict[str, Any]) -> str:
    return f"{row['points']:g}/{row['max_points']:g}" if row["max_points"] else ""
