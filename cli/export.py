"""`chapter10 export`: grades for other systems, and what makes Gradescope and GitHub check with chapter10."""

from __future__ import annotations

import importlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import click

from chapter10 import __version__
from chapter10.cli.completion import complete_exercise
from chapter10.course import Course, load_course

# What is made of a gradebook, and the module of chapter10.classroom.exports that makes it.
GRADES = {
    "csv": "grades_csv",
    "canvas": "canvas",
    "moodle": "moodle",
    "gradescope": "gradescope",
    "junit": "junit",
    "json": "grades_json",
}
GRADERS = ("autograder", "github")  # what grades elsewhere


@click.command("export")
@click.argument("gradebook", required=False)
@click.option("--format", "format", type=click.Choice([*GRADES, *GRADERS]), required=True, help="For whom.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="PATH", help="Where to; otherwise to the terminal.")
@click.option("--exercise", "names", multiple=True, shell_complete=complete_exercise, help="Only this one; may be repeated.")
@click.option(
    "--roster",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="CSV",
    help="Canvas's gradebook or Moodle's worksheet, as downloaded: to be filled in.",
)
@click.option("--package", metavar="SPEC", help="What pip installs there: a requirement, or a wheel on this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as one JSON document.")
@click.pass_context
def export_command(
    context: click.Context,
    gradebook: str | None,
    format: str,
    output: Path | None,
    names: tuple[str, ...],
    roster: Path | None,
    package: str | None,
    as_json: bool,
) -> int:
    """Write the grades in GRADEBOOK for another system: csv, canvas, moodle, gradescope, junit, json.

    Without a gradebook: `autograder` makes the zip for a Gradescope assignment, `github` the workflow for students'
    repositories; both take --exercise and --package.
    """
    _check_usage(**context.params)
    course = load_course()
    exercises = [course[name].id for name in names]
    if format in GRADERS:
        report = _export_grader(format, output, exercises, package or f"chapter10=={__version__}")
    else:
        report = _export_grades(gradebook or "", format, output, course, exercises, roster)
    for note in report["notes"]:
        click.echo(f"Note: {note}", err=True)
    if as_json:
        click.echo(json.dumps({"version": 1, "format": format, **report}, indent=1))
    elif output:
        students = f"{report['students']} students, " if "students" in report else ""
        click.echo(f"{output}: {students}{', '.join(report['exercises']) or 'and no exercise yet'}.")
    return 0


def _check_usage(
    gradebook: str | None,
    format: str,
    output: Path | None,
    names: tuple[str, ...],
    roster: Path | None,
    package: str | None,
    as_json: bool,
) -> None:
    """Raise click.UsageError where the options do not go together."""
    if format in GRADERS and gradebook:
        raise click.UsageError(f"{format} is made of exercises: leave the gradebook out.")
    if format in GRADERS and not names:
        raise click.UsageError(f"Say what {format} is to grade: `--exercise NAME`, once for each.")
    if format in GRADES and not gradebook:
        raise click.UsageError(f"{format} is made of a gradebook: name the file that `chapter10 grade` has written.")
    if roster and format not in ("canvas", "moodle"):
        raise click.UsageError("--roster goes with canvas and moodle.")
    if package and format not in GRADERS:
        raise click.UsageError("--package goes with autograder and github.")
    if format in ("autograder", "gradescope") and not output:
        raise click.UsageError(f"Say where to put it: `-o {'autograder.zip' if format == 'autograder' else 'FOLDER'}`.")
    if as_json and not output:
        raise click.UsageError("--json tells what was written where: it goes with -o.")


def _export_grader(format: str, output: Path | None, exercises: list[str], package: str) -> dict[str, Any]:
    from chapter10.classroom.exports import autograder, github

    if format == "autograder":
        assert output is not None
        autograder.write(output, exercises, package)
    else:
        text = io.StringIO()
        github.write(text, exercises, package)
        _put(output, text.getvalue().encode("utf-8"))
    return {"files": [str(output)] if output else [], "exercises": exercises, "notes": []}


def _export_grades(
    gradebook: str, format: str, output: Path | None, course: Course, exercises: list[str], roster: Path | None
) -> dict[str, Any]:
    from chapter10.classroom.gradebook.store import Gradebook

    notes: list[str] = []
    with Gradebook.open(gradebook) as opened:
        view = opened.view(course, exercises or None)
        if format == "gradescope":
            from chapter10.classroom.exports import gradescope

            assert output is not None
            files = gradescope.write(view, course, output)
        else:
            text = io.StringIO(newline="")
            module: Any = importlib.import_module(f"chapter10.classroom.exports.{GRADES[format]}")
            notes = module.write(view, course, text, **({"frame": roster} if roster else {})) or []
            # Excel takes a CSV for UTF-8 only where it says so; the importers of platforms stumble over that.
            _put(output, text.getvalue().encode("utf-8-sig" if format == "csv" else "utf-8"))
            files = [output] if output else []
    return {
        "files": [str(file) for file in files],
        "students": len(view.students),
        "exercises": view.exercises,
        "notes": notes,
    }


def _put(output: Path | None, data: bytes) -> None:
    """Write to a file, or to stdout."""
    if output:
        from chapter10.classroom.exports.files import put

        put(output, data)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
