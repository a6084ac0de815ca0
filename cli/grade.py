"""`chapter10 grade`: a whole class."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from chapter10.cli.completion import complete_exercise
from chapter10.cli.limits import Bounds, limit_option
from chapter10.cli.render import make_console
from chapter10.course import Course, load_course

if TYPE_CHECKING:
    from chapter10.classroom.batch.batch import Batch, Tally
    from chapter10.classroom.found import Intake
    from chapter10.classroom.gradebook.arrivals import Arrivals

PLAIN_SECONDS = 10.0  # between two lines of progress where there is no terminal
SHOWN = 20  # refusals on the screen; `chapter10 grades --refused` and the report have all

Progress = Callable[["Tally"], None]


@click.command("grade")
@click.argument("submissions", type=click.Path(path_type=Path))
@click.option("--gradebook", "where", required=True, metavar="FILE", help="An SQLite file, made if missing; or a database URL.")
@click.option("-e", "--exercise", "names", multiple=True, shell_complete=complete_exercise, help="Only this one; repeatable.")
@click.option("-j", "workers", type=click.IntRange(min=1), metavar="N", help="Local workers; one for each core unless given.")
@click.option("--roster", "roster_path", type=click.Path(path_type=Path), metavar="CSV", help="Who is in the class.")
@click.option("--format", "layout", metavar="NAME", help="How the submissions are laid out, where it is not found by itself.")
@click.option(
    "--course", "course_path", type=click.Path(path_type=Path), help="YAML with a `classroom` entry: due dates, weights."
)
@click.option("--regrade", is_flag=True, help="Grade everything again; earlier verdicts stay in the history.")
@click.option("--scheduler", metavar="URL", help="Grade on a Dask cluster: tcp://HOST:PORT.")
@click.option("--isolation", type=click.Choice(["full", "process"]), default="full", help="The least isolation to accept.")
@limit_option
@click.option("--fast", is_flag=True, help="Leave out the tests that train a model.")
@click.option("--seed", type=click.IntRange(min=0, max=2**63 - 1), help="Inputs of an earlier run.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def grade_command(
    submissions: Path,
    where: str,
    names: tuple[str, ...],
    workers: int | None,
    roster_path: Path | None,
    layout: str | None,
    course_path: Path | None,
    regrade: bool,
    scheduler: str | None,
    isolation: str,
    bounds: Bounds,
    fast: bool,
    seed: int | None,
    as_json: bool,
) -> int:
    """Grade a class: a folder or an archive of SUBMISSIONS.

    Every verdict is kept in the gradebook before it is counted here. The same command again grades only what is new or has
    changed, and goes on where it was stopped.

    Exit codes: 0 everything was graded, 1 something could not be (it is listed with its reason), 2 the command or the machine
    is not fit for it.
    """
    from chapter10.classroom.batch.batch import Batch, Options
    from chapter10.classroom.gradebook.policy import Policy
    from chapter10.classroom.gradebook.store import Gradebook

    course = load_course(course_path)
    policy = Policy.read(course)
    chosen = {course[name].id for name in names}
    intake = _take_in(submissions, course, roster_path, layout)
    console = make_console(stderr=as_json)
    with Gradebook.open(where, create=True) as gradebook:
        arrivals = gradebook.add(intake)
        if course.classroom:
            gradebook.remember_policy(policy)
        if not as_json:
            _print_arrivals(console, submissions, intake, arrivals)
        wanted = [
            identity
            for identity, found in zip(arrivals.submissions, intake.found, strict=True)
            if not chosen or found.exercise in chosen
        ]
        present = {found.exercise for found in intake.found} & (chosen or {exercise.id for exercise in course.exercises})
        intake.found.clear()  # the gradebook has the bytes; thousands of notebooks need not stay in memory
        exercises = [exercise for exercise in course.exercises if exercise.id in present]
        options = Options(workers, scheduler, isolation, not fast, regrade, seed, bounds.limits, bounds.deadlines)
        batch = Batch(gradebook, wanted, exercises, options)
        try:
            with _progress(quiet=as_json) as progress:
                batch.grade(progress)
        except KeyboardInterrupt:
            click.echo(f"\nStopped. {_so_far(batch.tally)} The same command goes on there.", err=True)
            return 130
    if as_json:
        click.echo(json.dumps(_document(where, intake, arrivals, batch), indent=1))
    else:
        _print_end(console, where, batch)
    return 1 if intake.refused or batch.tally.statuses["error"] else 0


def _take_in(submissions: Path, course: Course, roster_path: Path | None, layout: str | None) -> Intake:
    from chapter10.classroom import intake
    from chapter10.classroom.roster import Roster

    roster = Roster.read(roster_path) if roster_path else None
    return intake.read(submissions, course, roster, format=layout)


# While it runs --------------------------------------------------------------------------------------------------------


@contextmanager
def _progress(quiet: bool) -> Iterator[Progress]:
    """Hand over what shows how far the grading is: a bar at a terminal, now and then a line elsewhere."""
    console = make_console(stderr=True)
    if quiet:
        yield lambda tally: None
    elif console.is_terminal:
        with _bar(console) as show:
            yield show
    else:
        yield _lines()


@contextmanager
def _bar(console: Console) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(tally: Tally) -> None:
            words = f"{tally.rate:.1f}/s, {tally.words}" if tally.graded else "warming up …"
            bar.update(task, total=tally.total, completed=tally.graded, description=words)

        yield show


def _lines() -> Progress:
    told = time.monotonic()

    def show(tally: Tally) -> None:
        nonlocal told
        if time.monotonic() - told >= PLAIN_SECONDS and tally.graded:
            told = time.monotonic()
            left = (tally.total - tally.graded) / tally.rate
            rate = f"{tally.rate:.1f} a second, {left:.0f} s left"
            click.echo(f"{tally.graded} of {tally.total} graded, {rate}: {tally.words}", err=True)

    return show


# What it tells --------------------------------------------------------------------------------------------------------


def _print_arrivals(console: Console, submissions: Path, intake: Intake, arrivals: Arrivals) -> None:
    people = len({found.person.key for found in intake.found})
    files = f"{_count(len(arrivals.submissions), 'file')} of {_count(people, 'student')}"
    console.print(Text(f"{submissions} ({intake.format}): {files}, {arrivals.new} new; {len(intake.refused)} refused."))
    for refused in intake.refused[:SHOWN]:
        console.print(Text(f"  refused: {refused.origin}: {refused.reason}", style="yellow"), soft_wrap=True)
    if len(intake.refused) > SHOWN:
        console.print(Text(f"  … and {len(intake.refused) - SHOWN} more: `chapter10 grades FILE --refused`", style="yellow"))


def _print_end(console: Console, where: str, batch: Batch) -> None:
    tally = batch.tally
    console.print(Text(_so_far(tally), style="bold"))
    if tally.graded:
        console.print(Text(f"{tally.seconds:.1f} s, {tally.rate:.1f} a second; seed {batch.run.seed}", style="bright_black"))
    console.print(Text(f"Next: `chapter10 grades {where}`, `chapter10 report {where} --out report/`"))


def _so_far(tally: Tally) -> str:
    kept = f" {_count(tally.kept, 'verdict')} stood already." if tally.kept else ""
    if not tally.total:
        return f"Nothing to grade.{kept}"
    whole = f"{tally.graded} of {tally.total} graded" if tally.graded < tally.total else f"{tally.graded} graded"
    return f"{whole} and kept: {tally.words}.{kept}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _document(where: str, intake: Intake, arrivals: Arrivals, batch: Batch) -> dict[str, Any]:
    tally = batch.tally
    return {
        "version": 1,
        "gradebook": where,
        "format": intake.format,
        "taken_in": len(arrivals.submissions),
        "new": arrivals.new,
        "refused": [
            {
                "origin": refused.origin,
                "kind": refused.kind,
                "reason": refused.reason,
                "student": refused.person.key if refused.person else None,
                "exercise": refused.exercise,
            }
            for refused in intake.refused
        ],
        "graded": tally.graded,
        "kept": tally.kept,
        "statuses": {status: tally.statuses[status] for status in ("pass", "fail", "error")},
        "seed": batch.run.seed,
        "run": batch.run.number,
        "engine": batch.run.engine,
        "seconds": round(tally.seconds, 3),
    }
