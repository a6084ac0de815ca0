"""`chapter10 report`: a class's results as pages."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from chapter10.cli.completion import complete_exercise
from chapter10.course import load_course
from chapter10.errors import GradebookError


@click.command("report")
@click.argument("gradebook", metavar="GRADEBOOK")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("report"), show_default=True, metavar="DIR",
    help="The folder to write; a report that is there already is replaced.",
)  # fmt: skip
@click.option("-e", "--exercise", "wanted", multiple=True, shell_complete=complete_exercise, help="Only this; repeatable.")
@click.option("--course", "course_file", type=click.Path(path_type=Path, dir_okay=False), help="Another course.yaml.")
@click.option("--anonymous", is_flag=True, help="Numbers for names, and nothing that tells who is who.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def report_command(
    gradebook: str, out: Path, wanted: tuple[str, ...], course_file: Path | None, anonymous: bool, as_json: bool
) -> int:
    """Write the results of a class as pages that open in any browser, without a server and without a network.

    DIR/index.html is yours: who has what, what the class misunderstands, the hardest tests, flags. DIR/students/ has a page
    for each student, with nothing of anybody else.
    """
    from chapter10.classroom.gradebook.store import Gradebook
    from chapter10.classroom.report.build import Report

    course = load_course(course_file)
    exercises = list(dict.fromkeys(course[name].id for name in wanted)) or None
    with Gradebook.open(gradebook) as book:
        view = book.view(course, exercises, whole=False)
        if not view.students:
            raise GradebookError(
                f"{gradebook} knows no students yet.", f"`chapter10 grade SUBMISSIONS --gradebook {gradebook}` comes first."
            )
        with book.session() as session, _bar(as_json, len(view.students)) as advance:
            summary = Report(session, view, course, anonymous).write(out, advance)
    if as_json:
        click.echo(json.dumps(summary, indent=1))
    else:
        _print(summary, out)
    return 0


@contextlib.contextmanager
def _bar(quiet: bool, students: int) -> Iterator[Callable[[int], None]]:
    """Yield what is told how many students are done; a live bar where a person watches."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("pages", total=students)
        yield lambda done: progress.update(task, completed=done)


def _print(summary: dict[str, Any], out: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from chapter10.cli.render import is_plain, make_console

    console = make_console()
    if is_plain():
        for entry in summary["exercises"]:
            console.print(
                f"{entry['exercise']}: {entry['handed_in']} handed in, {entry['passed']} passed, mean {entry['mean']:.0%}.",
                markup=False,
            )
    else:
        table = Table(box=None, pad_edge=False, header_style="bright_black")
        table.add_column("exercise", no_wrap=True)
        for name in ("handed in", "passed", "mean"):
            table.add_column(name, justify="right")
        for entry in summary["exercises"]:
            cells = [entry["exercise"], str(entry["handed_in"]), str(entry["passed"]), f"{entry['mean']:.0%}"]
            table.add_row(*map(Text, cells))
        console.print(table)
    for held in summary["misconceptions"][:3]:
        who = len(held["students"])
        console.print(Text(f"{held['exercise']}: “{held['sentence']}” {who} {'student' if who == 1 else 'students'}."))
    if summary["refused"]:
        console.print(Text(f"{summary['refused']} could not be graded: the page says why.", style="yellow"))
    console.print(Text(f"{summary['students']} student pages. Open {out / 'index.html'}"), soft_wrap=True)
