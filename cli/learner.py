"""Commands of a learner's day: `start`, `list`, `progress`, `hint`, `reset`, `solution`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from chapter10.cli.completion import complete_exercise
from chapter10.course import Exercise, load_course
from chapter10.errors import Chapter10Error, WorkspaceError
from chapter10.learner import layout, plan
from chapter10.learner.workspace import MARKER, Workspace

_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_exercise_argument = click.argument("exercise", shell_complete=complete_exercise)


@click.command("start")
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@click.option("--notebooks", is_flag=True, help="Lay out notebooks (.ipynb) instead of Python files.")
@click.option("--show-new", is_flag=True, help="Where the course has a newer stub, write it beside your file as NAME.new.py.")
@_json_option
def start_command(directory: Path | None, notebooks: bool, show_new: bool, as_json: bool) -> int:
    """Make a workspace in DIRECTORY (by default: the one you are in, or else chapter10-work).

    Run it again at any time: it adds what is missing and never touches a file that is there.
    """
    course = load_course()
    here = Workspace.find() if directory is None else None
    root = here.root if here else directory or Path("chapter10-work")
    made = layout.lay_out(root, course, notebooks, show_new)
    first = plan.following(plan.rows_of(course, made.workspace)) or course.exercises[0].id
    if as_json:
        files = {"written": made.written, "kept": made.kept, "changed": made.changed, "new_stubs": made.shown}
        click.echo(json.dumps({"version": 1, "workspace": str(root.resolve()), **files, "next": first}, indent=1))
        return 0
    click.echo(f"{_files(made.written)} in {root}." if made.written else f"Nothing was missing in {root}.")
    if made.kept and made.written:
        click.echo(f"{len(made.kept)} were there already and are as they were.")
    if made.changed:
        click.echo(f"The course has changed the stub of {', '.join(made.changed)} since. Your work is as it was.")
        seen = f"The new stubs are beside it: {', '.join(made.shown)}."
        click.echo(seen if made.shown else "To see the new stubs: `chapter10 start --show-new`.")
    name = made.workspace.file(course[first]).name
    into = "" if root.resolve() == Path.cwd() else f"cd {root}, "
    click.echo(f"Next: {into}open {name}, then `chapter10 watch` (or `chapter10 check {first}`).")
    return 0


def _files(names: list[str]) -> str:
    return "1 exercise is" if len(names) == 1 else f"{len(names)} exercises are"


@click.command("list")
@_json_option
def list_command(as_json: bool) -> int:
    """Show the exercises by layer, with minutes, points and what to do next."""
    course = load_course()
    workspace = Workspace.find()
    rows = plan.rows_of(course, workspace)
    following = plan.following(rows)
    if as_json:
        click.echo(json.dumps({"version": 1, "title": course.title, "next": following, "exercises": rows}, indent=1))
        return 0
    from chapter10.cli.render import make_console, print_list

    print_list(make_console(), course.title, rows, following)
    if following and workspace:
        click.echo(f"Next: `chapter10 check {following}`")
    elif not workspace:
        click.echo("There is no workspace here yet: `chapter10 start` makes one.")
    return 0


@click.command("progress")
@_json_option
def progress_command(as_json: bool) -> int:
    """Show how far you are: points by layer, and the minutes that are left."""
    course = load_course()
    workspace = Workspace.require()
    rows = plan.rows_of(course, workspace)
    summary = {**plan.summary_of(rows), "next": plan.following(rows)}
    if as_json:
        click.echo(json.dumps({"version": 1, "title": course.title, **summary, "exercises": rows}, indent=1))
        return 0
    from chapter10.cli.render import make_console, print_progress

    print_progress(make_console(), summary)
    return 0


@click.command("hint")
@_exercise_argument
@_json_option
def hint_command(exercise: str, as_json: bool) -> int:
    """Show the next hint for EXERCISE. Each call goes one step further; none gives the solution."""
    chosen = load_course()[exercise]
    workspace = Workspace.find()
    total = len(chosen.hints)
    hint, number = plan.next_hint(chosen, workspace)
    if as_json:
        click.echo(json.dumps({"version": 1, "exercise": chosen.id, "hint": hint, "number": number, "of": total}))
        return 0
    click.echo(f"Hint {number} of {total} for {chosen.id}: {hint}")
    if number == total:
        click.echo(f"That was the last one. To read again: “{chosen.section}” in the chapter.")
    elif workspace is None:
        click.echo("Outside a workspace only the first hint is shown: `chapter10 start` makes one.")
    return 0


@click.command("reset")
@_exercise_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json_option
def reset_command(exercise: str, yes: bool, as_json: bool) -> int:
    """Put the stub of EXERCISE back. Your version is kept in .chapter10/backups/, your points stay."""
    chosen = load_course()[exercise]
    workspace = Workspace.require()
    target = workspace.file(chosen)
    if not yes:
        _confirm(f"Put the stub of {chosen.id} back in place of your {target.name}? A copy of yours is kept.", "--yes", as_json)
    backup = reset(workspace, chosen)
    if as_json:
        kept = str(backup) if backup else None
        click.echo(json.dumps({"version": 1, "exercise": chosen.id, "file": str(target), "backup": kept}))
        return 0
    click.echo(f"{target.name} is the stub again." + (f" Your version is in {_short(backup)}." if backup else ""))
    return 0


def reset(workspace: Workspace, exercise: Exercise) -> Path | None:
    """Put a stub back in place, and return where the learner's version is kept (None where there was none)."""
    target = workspace.file(exercise)
    if target.is_symlink() or target.is_dir():
        raise WorkspaceError(f"{target} is not an ordinary file.", "Move it away, then `chapter10 start` writes the stub.")
    backup = workspace.back_up(target) if target.exists() else None
    fresh = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        layout.write_stub(exercise, fresh)
        os.replace(fresh, target)
    except OSError as error:
        raise WorkspaceError(f"{target} cannot be written: {error.strerror}.") from error
    layout.note_stub(workspace, exercise, target)
    return backup


@click.command("solution")
@_exercise_argument
@click.option("--give-up", is_flag=True, help="Show it although you have not passed. This is recorded with your progress.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json_option
def solution_command(exercise: str, give_up: bool, yes: bool, as_json: bool) -> int:
    """Show the reference solution of EXERCISE, once you have passed it or given it up."""
    chosen = load_course()[exercise]
    workspace = Workspace.require()
    entry = workspace.progress().get(chosen.id, {})
    if not (entry.get("passed") or entry.get("gave_up") or give_up):
        raise Chapter10Error(
            f"You have not passed {chosen.id} yet.",
            f"First: `chapter10 hint {chosen.id}`. To see it all the same: `chapter10 solution {chosen.id} --give-up`.",
        )
    if not chosen.solution.is_file():
        raise Chapter10Error(
            "The solutions are not installed with this copy of the course.",
            f"To read again: “{chosen.section}” in the chapter. Your instructor has the solutions.",
        )
    if not (entry.get("passed") or entry.get("gave_up")):
        if not yes:
            _confirm(f"Give {chosen.id} up and see its solution? This is recorded with your progress.", "--yes", as_json)
        workspace.update(chosen, lambda entry: entry.update(gave_up=time.strftime("%Y-%m-%dT%H:%M:%S%z")))
    text = chosen.solution.read_text(encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"version": 1, "exercise": chosen.id, "gave_up": not entry.get("passed"), "solution": text}))
        return 0
    from chapter10.cli.render import make_console, print_source

    print_source(make_console(), text)
    return 0


def _confirm(question: str, flag: str, as_json: bool) -> None:
    """Ask; anything but yes ends the command. Where nobody can be asked, say which flag answers."""
    if as_json or not sys.stdin.isatty():
        raise Chapter10Error(question, f"Nobody can answer here: say {flag} if you mean it.")
    if not click.confirm(question):
        raise Chapter10Error("Nothing was changed.")


def _short(path: Path) -> str:
    """Return a path in the workspace as it reads from its root."""
    parts: Any = path.parts
    return str(Path(*parts[parts.index(MARKER) :])) if MARKER in parts else str(path)
