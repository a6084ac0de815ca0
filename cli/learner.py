"""Commands of a learner's day: `start`, `list`, `hint`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from chapter10.course import Exercise, load_course
from chapter10.learner.workspace import Workspace


@click.command("start")
@click.argument("directory", type=click.Path(path_type=Path), default=Path("chapter10-work"))
def start_command(directory: Path) -> int:
    """Make a workspace in DIRECTORY (by default: chapter10-work).

    Run it again at any time: it adds what is missing and never touches a file that is there.
    """
    course = load_course()
    workspace, written, kept = Workspace.create(directory, course)
    click.echo(f"{len(written)} exercises are in {workspace.root}." if written else f"Nothing was missing in {workspace.root}.")
    if kept and written:
        click.echo(f"{len(kept)} were there already and are as they were.")
    first = course.exercises[0]
    click.echo(f"Next: cd {workspace.root}, open {first.filename}, then `chapter10 check {first.id}`.")
    return 0


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_command(as_json: bool) -> int:
    """Show the exercises by layer, with minutes, points and what to do next."""
    course = load_course()
    workspace = Workspace.find()
    progress = workspace.progress() if workspace else {}
    rows = [_row(exercise, progress.get(exercise.id, {})) for exercise in course.exercises]
    following = next((row["id"] for row in rows if not row["passed"] and row["layer"] == "required"), None)
    following = following or next((row["id"] for row in rows if not row["passed"]), None)
    if as_json:
        click.echo(json.dumps({"version": 1, "title": course.title, "next": following, "exercises": rows}, indent=1))
        return 0
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(course.title, style="bold", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    for title in ("", "exercise", "layer", "minutes", "points", "what it is"):
        table.add_column(title, justify="right" if title in ("minutes", "points") else "left")
    for row in rows:
        mark = "✔" if row["passed"] else "→" if row["id"] == following else " "
        points = f"{row['points']:g}/{row['max_points']:g}" if row["max_points"] else ""
        table.add_row(mark, row["id"], row["layer"], str(row["minutes"]), points, row["title"])
    console.print(table)
    if following and workspace:
        click.echo(f"Next: `chapter10 check {following}`")
    elif not workspace:
        click.echo("There is no workspace here yet: `chapter10 start` makes one.")
    return 0


def _row(exercise: Exercise, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "title": exercise.title,
        "layer": exercise.layer,
        "section": exercise.section,
        "minutes": exercise.minutes,
        "points": entry.get("points", 0),
        "max_points": entry.get("max_points", 0),
        "passed": bool(entry.get("passed")),
        "hints_shown": entry.get("hints", 0),
    }


@click.command("hint")
@click.argument("exercise")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def hint_command(exercise: str, as_json: bool) -> int:
    """Show the next hint for EXERCISE. Each call goes one step further; none gives the solution."""
    chosen = load_course()[exercise]
    workspace = Workspace.find()
    total = len(chosen.hints)

    def advance(entry: dict[str, Any]) -> None:
        entry["hints"] = min(int(entry.get("hints", 0)) + 1, total)

    number = workspace.update(chosen, advance)["hints"] if workspace else 1
    hint = " ".join(chosen.hints[number - 1].split())
    if as_json:
        click.echo(json.dumps({"version": 1, "exercise": chosen.id, "hint": hint, "number": number, "of": total}))
        return 0
    click.echo(f"Hint {number} of {total} for {chosen.id}: {hint}")
    if number == total:
        click.echo(f"That was the last one. To read again: “{chosen.section}” in the chapter.")
    elif workspace is None:
        click.echo("Outside a workspace only the first hint is shown: `chapter10 start` makes one.")
    return 0
