"""Verdicts for people: one sentence for each failing test, the smallest counterexample as matrices, one next step."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from chapter10.course import Exercise
from chapter10.grading.results import TestResult, Verdict

_MARKS = {
    "pass": ("✔", "ok", "green"),
    "fail": ("✘", "XX", "red"),
    "error": ("!", "!!", "magenta"),
    "skip": ("–", "--", "bright_black"),
}
GAP = "   "


def print_verdict(console: Console, exercise: Exercise, verdict: Verdict, verbose: bool = False) -> None:
    """Print a verdict. Everything that a colour says, a word or a mark says too."""
    head = Text(exercise.id, style="bold")
    head.append(f"  {exercise.title}", style="default not bold")
    console.print(head)
    if verdict.error:
        console.print(Text(f"  {verdict.error}", style="red"))
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
        console.print(Text(f"  – {waiting} for these.", style="bright_black"))
    console.print()
    _print_summary(console, exercise, verdict)
    if verbose:
        _print_details(console, verdict)


def _print_test(console: Console, test: TestResult, verbose: bool) -> None:
    mark, plain, colour = _MARKS[test.status]
    line = Text("  ")
    line.append(mark if not console.legacy_windows and console.encoding.startswith("utf") else plain, style=colour)
    line.append(f" {test.title}")
    line.append(f"  {test.points:g}/{test.max_points:g}", style="bright_black")
    if verbose:
        line.append(f"  {test.name}, {test.duration * 1000:.0f} ms", style="bright_black")
    console.print(line)
    if test.status in ("fail", "error") or (verbose and test.message):
        console.print(_indented(test.message, "red" if test.status == "fail" else "default"))
    if test.status == "fail" and test.help:
        console.print(_indented(f"Next: {test.help}", "default"))


def _indented(text: str, style: str) -> Any:
    from rich.padding import Padding

    return Padding(Text(text, style=style), (0, 0, 0, 4))


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
        console.print(Text(f"Note, line {flag.line}: {flag.kind}: {flag.detail}", style="yellow"))
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
    console.print(Text(f"    {example['call']}{what}", style="bold"))
    at = example["first_difference"]["index"] if example["first_difference"] else None
    wide = _same_at_four_digits(example)
    blocks = [block(name, value, None, wide=False) for name, value in example["inputs"].items()]
    answers = [block("yours", example["yours"], at, wide)]
    if example["expected"] is not None:
        answers.insert(0, block("expected", example["expected"], None, wide))
    for group in (blocks, answers):
        for line in beside(group, max(console.width - 6, 30)):
            console.print(Text(f"      {line}"), highlight=False, soft_wrap=True)


def _same_at_four_digits(example: dict[str, Any]) -> bool:
    difference = example["first_difference"]
    return bool(difference) and _number(difference["expected"], False) == _number(difference["yours"], False)


def block(title: str, value: Any, marked: list[int] | None, wide: bool) -> list[str]:
    """Return a titled matrix as lines of equal width. `marked` is the index of the number to put in brackets."""
    if isinstance(value, dict) and "values" in value:
        rows = _rows(value["values"], len(value["shape"]), [], marked, wide)
    else:
        rows = [[_number(value, wide)]]
    columns = max((len(row) for row in rows), default=0)
    widths = [max((len(row[at]) for row in rows if at < len(row)), default=0) for at in range(columns)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=False)) for row in rows]
    width = max([len(title), *(len(line) for line in lines)])
    return [title.ljust(width), *(line.ljust(width) for line in lines)]


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
    text = _number(value, wide)
    return f"[{text}]" if marked == index else text


def _number(value: Any, wide: bool) -> str:
    if isinstance(value, float):
        return f"{value:.{8 if wide else 4}g}"
    return str(value)


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
