"""`chapter10 nbgrader`: courses for nbgrader, graded by chapter10."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chapter10.cli.completion import complete_exercise
from chapter10.course import load_course
from chapter10.errors import Chapter10Error

if TYPE_CHECKING:
    from chapter10.classroom.found import Refused


@click.group("nbgrader")
def nbgrader_command() -> None:
    """Keep nbgrader, and get chapter10's verdicts.

    `init` lays out a course. From then on nbgrader's own commands work: generate_assignment, autograde, generate_feedback.
    """


@nbgrader_command.command("init")
@click.argument("folder", metavar="COURSE", type=click.Path(path_type=Path, file_okay=False))
@click.argument("exercises", nargs=-1, metavar="[EXERCISE]...", shell_complete=complete_exercise)
@click.option("--assignment", metavar="NAME", help="One assignment for all; otherwise each exercise is one of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def init_command(folder: Path, exercises: tuple[str, ...], assignment: str | None, as_json: bool) -> int:
    """Lay out a course in COURSE, with a notebook for each EXERCISE, or for all of them.

    What is there already is never touched, so it can be run again to add exercises.
    """
    from chapter10.classroom.nbgrader.layout import lay_out

    course = load_course()
    if assignment is not None and (not assignment.strip() or any(mark in assignment for mark in "/\\+")):
        raise click.UsageError("--assignment takes a name without / \\ and +.")
    chosen = list(dict.fromkeys(course[name] for name in exercises)) or list(course.exercises)
    laid = lay_out(folder, chosen, assignment)
    if as_json:
        click.echo(json.dumps({"version": 1, "folder": str(folder), "written": laid.written, "kept": laid.kept}, indent=1))
        return 0
    for name in laid.written:
        click.echo(f"written  {name}")
    for name in laid.kept:
        click.echo(f"kept     {name}")
    first = assignment or chosen[0].id
    click.echo(f"\nNext: cd {folder} && nbgrader generate_assignment {first}")
    return 0


@nbgrader_command.command("import")
@click.argument("folder", metavar="COURSE", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--gradebook", "where", required=True, metavar="FILE", help="An SQLite file, made if missing; or a database URL.")
@click.option("--db", "url", metavar="URL", help="nbgrader's database, when it is not COURSE/gradebook.db.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_command(folder: Path, where: str, url: str | None, as_json: bool) -> int:
    """Bring the grades of COURSE into a gradebook of chapter10: for its reports, exports and search for copies.

    Points that a person gave in nbgrader, and late penalties, come along as overrides. Run it again for what is new.
    """
    from nbgrader.api import Gradebook as Theirs

    from chapter10.classroom.gradebook.store import Gradebook
    from chapter10.classroom.nbgrader.grades import bring_in

    if url is None:
        if not (folder / "gradebook.db").is_file():
            raise Chapter10Error(
                f"{folder} has no gradebook.db.", "Run `nbgrader autograde` there first, or name it: `--db URL`."
            )
        url = f"sqlite:///{(folder / 'gradebook.db').resolve()}"
    with Theirs(url) as theirs, Gradebook.open(where, create=True) as gradebook:
        imported = bring_in(folder.resolve(), theirs, gradebook, load_course())
    if as_json:
        document = asdict(imported) | {"version": 1, "refused": [_refusal(entry) for entry in imported.refused]}
        click.echo(json.dumps(document, indent=1))
    else:
        counts = f"{imported.submissions} submissions, {imported.verdicts} new verdicts"
        click.echo(f"{counts}, {imported.overrides} where nbgrader's points count.")
        for entry in imported.refused:
            click.echo(f"refused  {entry.origin}: {entry.reason}")
        click.echo(f"Next: chapter10 grades {where}")
    return 1 if imported.refused else 0


def _refusal(entry: Refused) -> dict[str, str | None]:
    return {"origin": entry.origin, "kind": entry.kind, "reason": entry.reason, "exercise": entry.exercise}
