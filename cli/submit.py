"""`chapter10 submit`: one zip, what is in it, and what it would score on the tests that the learner can see."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chapter10.course import load_course
from chapter10.errors import Chapter10Error
from chapter10.learner import submission
from chapter10.learner.answers import Answer
from chapter10.learner.workspace import Workspace

if TYPE_CHECKING:
    from chapter10.grading.results import Verdict


@click.command("submit")
@click.option(
    "-o", "--output", "output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to put the zip."
)
@click.option("--name", metavar="NAME", help="Who hands it in; goes into the manifest, and into the zip's name.")
@click.option("--fast", is_flag=True, help="Leave out the tests that train a model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def submit_command(output: Path | None, name: str | None, fast: bool, as_json: bool) -> int:
    """Make one zip with your exercise files, and say what it would score on the visible tests.

    The zip is written first, so it is there also when you stop the tests. Exit code 0 when it was written, whatever it scores.
    """
    workspace = Workspace.require()
    if name is not None and not (name.strip() and len(name) <= 200 and name.isprintable()):
        raise click.UsageError("--name takes up to 200 printable characters.")
    entries = submission.gather(workspace, load_course())
    document = submission.manifest(entries, name)
    target = output or workspace.root / f"{_slug(name)}.zip"
    size = submission.write(target, entries, document)
    if not as_json:
        untouched = [entry.exercise.id for entry in entries if not entry.touched]
        click.echo(f"{target}: {len(entries)} files, {size / 1024:.1f} KB.")
        if untouched:
            click.echo(f"As they were laid out, and so worth nothing: {', '.join(untouched)}.")
        if len(untouched) < len(entries):
            click.echo("It is ready to hand in. Now for what the visible tests say of it (Ctrl-C stops them, the zip stays) …")
    verdicts = _grade(entries, fast)
    if as_json:
        report = {
            "file": str(target),
            "size": size,
            "manifest": document,
            "visible_tests": [_row(verdict) for verdict in verdicts],
        }
        click.echo(json.dumps({"version": 1, **report}, indent=1))
        return 0
    _print(verdicts, fast)
    return 0


def _slug(name: str | None) -> str:
    """Return a file name for a person's name: `Ada Lovelace` → `submission-ada-lovelace`."""
    words = re.sub(r"[^\w]+", "-", (name or "").lower()).strip("-_")[:80]
    return f"submission-{words}" if words else "submission"


def _grade(entries: list[submission.Entry], fast: bool) -> list[Verdict]:
    """Grade the bytes that are in the zip, not whatever the files hold by now. Untouched stubs need no grading."""
    from chapter10.sandbox.engine import Engine

    worked_on = [entry for entry in entries if entry.touched]
    if not worked_on:
        return []
    with Engine() as engine, tempfile.TemporaryDirectory() as folder:
        from chapter10.grading.results import Verdict
        from chapter10.grading.session import Grader, open_session

        def one(grader: Grader, entry: submission.Entry) -> Verdict:
            path = Path(folder) / entry.name
            path.write_bytes(entry.data)
            try:
                answer = Answer.read(path)
            except Chapter10Error as error:
                return Verdict(entry.exercise.id, error=error.message.replace(str(path), entry.name))
            verdict = grader.grade(entry.exercise, answer.text, answer.filename, training=not fast, explain=False)
            return answer.annotate(verdict)

        def body(grader: Grader) -> list[Verdict]:
            with _counting(len(worked_on)) as tell:
                return [one(grader, entry) for entry in worked_on if tell(entry.exercise.id)]

        return open_session([entry.exercise for entry in worked_on], body, engine=engine)


class _counting:
    """A bar on a terminal's stderr; elsewhere nothing."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._progress = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("Visible tests", total=total)
        self._begun = False

    def __enter__(self) -> Any:
        self._progress.start()
        return self._tell

    def __exit__(self, *_: Any) -> None:
        self._progress.stop()

    def _tell(self, name: str) -> bool:
        self._progress.update(self._task, description=name, advance=1 if self._begun else 0)
        self._begun = True
        return True


def _row(verdict: Verdict) -> dict[str, Any]:
    passed = sum(test.status == "pass" for test in verdict.tests)
    return {
        "exercise": verdict.exercise,
        "status": verdict.status,
        "passed": passed,
        "tests": len(verdict.tests),
        "points": verdict.points,
        "max_points": verdict.max_points,
        "error": verdict.error or None,
    }


def _print(verdicts: list[Verdict], fast: bool) -> None:
    from chapter10.cli.render import make_console, mark_of

    console = make_console()
    rows = [_row(verdict) for verdict in verdicts]
    for row in rows:
        console.print(mark_of(console, row["status"]), end=" ")
        said = (
            row["error"]
            or f"{row['passed']} of {row['tests']} visible tests passed, {row['points']:g} of {row['max_points']:g} points"
        )
        console.print(f"{row['exercise']}: {said}", markup=False)
    points, most = sum(row["points"] for row in rows), sum(row["max_points"] for row in rows)
    passed, tests = sum(row["passed"] for row in rows), sum(row["tests"] for row in rows)
    left_out = " Tests that train a model were left out." if fast else ""
    console.print(f"{passed} of {tests} visible tests passed, {points:g} of {most:g} points.{left_out}", style="bold")
    console.print("Your instructor's run decides: it may draw other inputs and ask more.")
