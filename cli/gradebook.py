"""Commands on a gradebook: `grades` and `override`."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from chapter10.cli.completion import complete_exercise
from chapter10.cli.render import is_plain, make_console
from chapter10.course import load_course

if TYPE_CHECKING:
    from chapter10.classroom.gradebook.models import Override, VerdictRow
    from chapter10.classroom.gradebook.store import Gradebook
    from chapter10.classroom.gradebook.view import Cell, ClassView


@click.command("grades")
@click.argument("gradebook")
@click.argument("student", required=False)
@click.option("-e", "--exercise", "names", multiple=True, shell_complete=complete_exercise, help="Only this one; repeatable.")
@click.option("--course", "course_path", type=click.Path(path_type=Path), help="Due dates and weights, in place of those kept.")
@click.option("--refused", is_flag=True, help="What could not be graded, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def grades_command(
    gradebook: str, student: str | None, names: tuple[str, ...], course_path: Path | None, refused: bool, as_json: bool
) -> int:
    """Show the grades in GRADEBOOK; with STUDENT (key, name or e-mail address) theirs alone, with the whole history."""
    from chapter10.classroom.gradebook.store import Gradebook

    course = load_course(course_path)
    with Gradebook.open(gradebook) as book:
        view = book.view(course, [course[name].id for name in names] or None, whole=False)
        if refused:
            document: dict[str, Any] = {"version": 1, "refused": _refusals(view)}
        elif student:
            document = {"version": 1, **_student(book, view, student)}
        else:
            document = {"version": 1, **_class(view)}
    if as_json:
        click.echo(json.dumps(document, indent=1))
    elif refused:
        _print_refusals(make_console(), document["refused"])
    elif student:
        _print_student(make_console(), document)
    else:
        _print_class(make_console(), document)
    return 0


@click.command("override")
@click.argument("gradebook")
@click.argument("student")
@click.argument("exercise", shell_complete=complete_exercise)
@click.argument("points", type=float, required=False)
@click.option("--reason", default="", help="Why; it is kept, and stands in the reports.")
@click.option("--author", help="Who decided; your login name unless given.")
@click.option("--withdraw", is_flag=True, help="Let the verdict count again; the override stays in the history.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else.")
def override_command(
    gradebook: str,
    student: str,
    exercise: str,
    points: float | None,
    reason: str,
    author: str | None,
    withdraw: bool,
    as_json: bool,
) -> int:
    """Put POINTS of your own in place of a verdict's. They stay, whatever is graded later, until withdrawn."""
    from chapter10.classroom.gradebook.store import Gradebook

    if withdraw == (points is not None):
        raise click.UsageError("Say either the POINTS, or --withdraw.")
    chosen = load_course()[exercise].id
    with Gradebook.open(gradebook) as book:
        if withdraw:
            made = book.withdraw(student, chosen)
        else:
            made = [book.override(student, chosen, points or 0.0, author or getpass.getuser(), reason)]
        key = book.student(student).key
    if as_json:
        document = {"version": 1, "student": key, "exercise": chosen, "overrides": [_override(entry) for entry in made]}
        click.echo(json.dumps(document, indent=1))
    elif withdraw:
        click.echo(f"{key} has the verdict's points in {chosen} again.")
    else:
        click.echo(f"{key} has {points:g} points in {chosen}. `--withdraw` takes that back.")
    return 0


# Documents ------------------------------------------------------------------------------------------------------------


def _class(view: ClassView) -> dict[str, Any]:
    return {
        "exercises": view.exercises,
        "students": [
            {
                "key": student.key,
                "name": student.name,
                "total": round(view.total(student), 2),
                "exercises": {cell.exercise: _standing(cell) for cell in view.row(student)},
            }
            for student in view.students
        ],
        "refused": len(view.refusals),
    }


def _student(book: Gradebook, view: ClassView, name: str) -> dict[str, Any]:
    student = book.student(name)
    rows = {}
    for exercise in view.exercises:
        cell = view.cells[student.key, exercise]
        overrides = [_override(entry) for entry in book.overrides(student, exercise)]
        rows[exercise] = {**_standing(cell), "overrides": overrides, "history": [_verdict(row) for row in cell.history]}
    total = round(view.total(student), 2)
    return {"key": student.key, "name": student.name, "email": student.email, "total": total, "exercises": rows}


def _standing(cell: Cell) -> dict[str, Any]:
    return {
        "status": cell.status,
        "points": round(cell.points, 4),
        "earned": cell.earned,
        "max_points": cell.max_points,
        "days_late": cell.days_late,
        "overridden": cell.override is not None,
    }


def _override(entry: Override) -> dict[str, Any]:
    return {
        "points": entry.points,
        "author": entry.author,
        "reason": entry.reason,
        "created_at": entry.created_at.isoformat(),
        "withdrawn_at": entry.withdrawn_at.isoformat() if entry.withdrawn_at else None,
    }


def _verdict(row: VerdictRow) -> dict[str, Any]:
    return {
        "graded_at": row.graded_at.isoformat(),
        "sha256": row.submission.sha256,
        "status": row.status,
        "points": row.points,
        "max_points": row.max_points,
        "engine": row.engine,
        "suite": row.suite,
        "run": row.run,
        "seed": row.seed,
        "isolation": row.isolation,
    }


def _refusals(view: ClassView) -> list[dict[str, Any]]:
    return [
        {
            "origin": entry.origin,
            "kind": entry.kind,
            "reason": entry.reason,
            "student": entry.student.key if entry.student else None,
            "exercise": entry.exercise,
            "received_at": entry.received_at.isoformat(),
        }
        for entry in view.refusals
    ]


# For people -----------------------------------------------------------------------------------------------------------


def _print_class(console: Console, document: dict[str, Any]) -> None:
    from rich.table import Table

    exercises = document["exercises"]
    if is_plain():
        for student in document["students"]:
            words = ", ".join(f"{name} {_cell(student['exercises'][name])}" for name in exercises)
            console.print(Text(f"{student['name'] or student['key']}: {student['total']:g} per cent; {words}"), soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    for title in ("student", *exercises, "total"):
        table.add_column(title, justify="left" if title == "student" else "right")
    for student in document["students"]:
        cells = [_cell(student["exercises"][name]) for name in exercises]
        table.add_row(Text(student["name"] or student["key"]), *cells, f"{student['total']:.1f} %")
    console.print(table)
    if document["refused"]:
        console.print(Text(f"{document['refused']} could not be graded: `chapter10 grades FILE --refused` says why."))


def _cell(standing: dict[str, Any]) -> str:
    """Return what stands in the grid: the points, `*` where a person decided on them, `L` where days are taken off."""
    if standing["status"] in ("missing", "ungraded") and not standing["overridden"]:
        return standing["status"]
    marks = ("*" if standing["overridden"] else "") + ("L" if standing["days_late"] else "")
    return f"{standing['points']:g}{marks}"


def _print_student(console: Console, document: dict[str, Any]) -> None:
    console.print(Text(f"{document['name'] or document['key']}  {document['total']:g} %", style="bold"))
    for name, row in document["exercises"].items():
        late = f", {row['days_late']} days late" if row["days_late"] else ""
        console.print(Text(f"{name}: {row['points']:g} of {row['max_points']:g} points ({row['status']}{late})"))
        for entry in row["overrides"]:
            state = "withdrawn" if entry["withdrawn_at"] else "stands"
            words = (
                f"  {entry['created_at'][:16]}  override ({state}): {entry['points']:g}, {entry['author']}: {entry['reason']}"
            )
            console.print(Text(words), soft_wrap=True)
        for entry in row["history"]:
            seed = f"seed {entry['seed']}, " if entry["seed"] is not None else ""
            verdict = f"  {entry['graded_at'][:16]}  {entry['status']} {entry['points']:g}/{entry['max_points']:g}"
            console.print(Text(f"{verdict}  {entry['engine']}; {seed}file {entry['sha256'][:8]}", style="bright_black"))


def _print_refusals(console: Console, refusals: list[dict[str, Any]]) -> None:
    for entry in refusals:
        console.print(Text(f"{entry['origin']}: {entry['reason']}"), soft_wrap=True)
    if not refusals:
        console.print("Nothing was refused.")
