"""`chapter10 check`: the main job."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chapter10.cli.completion import complete_exercise
from chapter10.cli.limits import Bounds, limit_option
from chapter10.course import Exercise, load_course
from chapter10.errors import Chapter10Error
from chapter10.learner import plan
from chapter10.learner.answers import Answer
from chapter10.learner.workspace import Workspace

if TYPE_CHECKING:
    from rich.progress import Progress

    from chapter10.grading.results import Verdict


@click.command("check")
@click.argument("exercise", required=False, shell_complete=complete_exercise)
@click.option("--all", "everything", is_flag=True, help="Check every exercise of the workspace.")
@click.option("--file", "path", type=click.Path(path_type=Path), help="Check this .py or .ipynb instead of the workspace's.")
@click.option("-k", "pattern", metavar="PATTERN", help="Only tests whose name or sentence contains PATTERN.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
@click.option("-v", "--verbose", is_flag=True, help="Also show what was printed, skipped tests, walls and times.")
@click.option("--seed", type=click.IntRange(min=0), help="Repeat the inputs of an earlier verdict.")
@click.option("--recorded", is_flag=True, help="Use the recorded inputs even where solutions are installed.")
@click.option("--fast", is_flag=True, help="Leave out the tests that train a model.")
@click.option("--watch", is_flag=True, help="Check again on every save, as `chapter10 watch` does.")
@click.option("--isolation", type=click.Choice(["full", "process"]), default="process", help="The least isolation to accept.")
@limit_option
def check_command(
    exercise: str | None,
    everything: bool,
    path: Path | None,
    pattern: str | None,
    as_json: bool,
    verbose: bool,
    seed: int | None,
    recorded: bool,
    fast: bool,
    watch: bool,
    isolation: str,
    bounds: Bounds,
) -> int:
    """Grade your answer to EXERCISE.

    Exit codes: 0 all tests passed, 1 a test failed, 2 the file or the machine is not fit for grading.
    """
    if watch and (everything or pattern):
        raise click.UsageError("--watch goes with one exercise, and with all of its tests.")
    if watch:
        from chapter10.cli.watch import run

        if path and not exercise:
            raise click.UsageError("Name the exercise that the file answers.")
        settings = {
            "fast": fast,
            "verbose": verbose,
            "json": as_json,
            "seed": seed,
            "recorded": recorded,
            "isolation": isolation,
            "bounds": bounds,
        }
        return run(exercise, path, settings)
    if everything == bool(exercise):
        raise click.UsageError("Name one exercise, or say --all.")
    if everything and path:
        raise click.UsageError("--file goes with one exercise.")
    course = load_course()
    chosen = list(course.exercises) if everything else [course[exercise or ""]]
    workspace = None if path else Workspace.require()
    answers = [(entry, workspace.file(entry) if workspace else Path(path or "")) for entry in chosen]
    options = {"pattern": pattern, "seed": seed, "recorded": recorded, "fast": fast, "isolation": isolation, "bounds": bounds}
    try:
        verdicts = _grade(answers, options, quiet=as_json)
    except Chapter10Error as error:
        if not as_json:
            raise
        verdicts = [_failed(entry, error) for entry in chosen]  # a program reads stdout alone
    if workspace and not pattern and not fast:
        for (entry, _), verdict in zip(answers, verdicts, strict=True):
            plan.remember(workspace, entry, verdict)
    if as_json:
        documents = [verdict.as_dict() for verdict in verdicts]
        click.echo(json.dumps({"version": 1, "exercises": documents} if everything else documents[0], indent=1))
    else:
        _print(answers, verdicts, verbose, summary=everything)
    statuses = {verdict.status for verdict in verdicts}
    return 2 if "error" in statuses else 1 if "fail" in statuses else 0


def _grade(answers: list[tuple[Exercise, Path]], options: dict[str, Any], quiet: bool) -> list[Verdict]:
    """Read the files, warm the engine while everything else is imported, and grade."""
    from chapter10.sandbox.engine import Engine

    sources: dict[str, Answer | Chapter10Error] = {}
    for exercise, path in answers:
        try:
            sources[exercise.id] = Answer.read(path)
        except Chapter10Error as error:
            sources[exercise.id] = error
    readable = [exercise for exercise, _ in answers if isinstance(sources[exercise.id], Answer)]
    graded: dict[str, Verdict] = {}
    if readable:
        bounds: Bounds = options["bounds"]
        with Engine(limits=bounds.limits) as engine, _waiting(quiet) as waiting:
            from chapter10.grading.session import Grader, open_session

            def body(grader: Grader) -> None:
                grader.require(options["isolation"])
                wanted = _wanted(options["pattern"])
                for exercise in readable:
                    answer = sources[exercise.id]
                    assert isinstance(answer, Answer)
                    training = not options["fast"]
                    waiting(exercise.id)
                    verdict = grader.grade(
                        exercise,
                        answer.text,
                        answer.filename,
                        wanted=wanted,
                        training=training,
                        training_progress=waiting.trains,
                    )
                    graded[exercise.id] = answer.annotate(verdict)

            seed, recorded = options["seed"], options["recorded"]
            open_session(readable, body, engine=engine, seed=seed, recorded=recorded, deadlines=bounds.deadlines)
    for exercise, _ in answers:
        problem = sources[exercise.id]
        if isinstance(problem, Chapter10Error):
            graded[exercise.id] = _failed(exercise, problem)
        elif not graded[exercise.id].tests:
            raise click.UsageError(f"No test of {exercise.id} has {options['pattern']!r} in its name or sentence.")
    return [graded[exercise.id] for exercise, _ in answers]


def _failed(exercise: Exercise, error: Chapter10Error) -> Verdict:
    from chapter10.grading.results import Verdict

    return Verdict(exercise.id, error=f"{error.message} {error.hint}".strip())


def _wanted(pattern: str | None) -> Any:
    if not pattern:
        return lambda name, title: True
    sought = pattern.lower()
    return lambda name, title: sought in name.lower() or sought in title.lower()


class _Waiting:
    """Tells a person at a terminal what is going on: a spinner, and a bar while a model is trained."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._bar = progress.add_task("Warming up …", total=None) if progress else None

    def __call__(self, exercise: str) -> None:
        """Say which exercise is being checked."""
        self._show(description=f"Checking {exercise} …", total=None, completed=0)

    def trains(self, share: float) -> None:
        """Show how much of a training is done, from 0 to 1; the end of one takes the bar away."""
        if share < 1:
            self._show(description="Training your model …", total=1.0, completed=share)
        else:
            self._show(description="Checking …", total=None, completed=0)

    def _show(self, **fields: Any) -> None:
        if self._progress is not None and self._bar is not None:
            self._progress.update(self._bar, **fields)


@contextlib.contextmanager
def _waiting(quiet: bool) -> Iterator[_Waiting]:
    """Show progress on stderr, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield _Waiting(None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Waiting(progress)


def _print(answers: list[tuple[Exercise, Path]], verdicts: list[Verdict], verbose: bool, summary: bool) -> None:
    from chapter10.cli.render import make_console, print_verdict

    console = make_console()
    for (exercise, _), verdict in zip(answers, verdicts, strict=True):
        print_verdict(console, exercise, verdict, verbose)
        if summary:
            console.print()
    if summary:
        passed = sum(verdict.status == "pass" for verdict in verdicts)
        points, most = sum(verdict.points for verdict in verdicts), sum(verdict.max_points for verdict in verdicts)
        console.print(f"{passed} of {len(verdicts)} exercises passed, {points:g} of {most:g} points.", style="bold")
