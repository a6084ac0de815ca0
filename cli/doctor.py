"""`chapter10 doctor`: what this machine gives, and the command that would give the rest."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import sys
from typing import Any

import click

from chapter10 import __version__
from chapter10.course import folder, load_course
from chapter10.errors import Chapter10Error

_MEANING = {
    "process": "each submission runs in a process of its own",
    "bubblewrap": "the warm process sees nothing but Python and torch",
    "file system": "solutions, graders and your files cannot be read",
    "pid namespace": "no other process can be seen or signalled; all that is started is ended",
    "network": "no connection to anywhere",
    "resource limits": "CPU time, memory, files and output are bounded",
    "no new privileges": "setuid programs give nothing",
    "capabilities": "none are left",
    "landlock": "reads Python and torch alone, writes to its own empty folder alone",
    "seccomp": "no sockets, no new processes, no tracing, no mounts",
}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor_command(as_json: bool) -> int:
    """Show versions, the walls that this machine raises, and what is missing with the command that gives it."""
    report = _examine()
    if as_json:
        click.echo(json.dumps(report, indent=1))
        return 0 if report["healthy"] else 2
    click.echo(f"chapter10 {__version__}, Python {report['python']}, torch {report['torch']}, {report['platform']}")
    click.echo(
        f"{report['exercises']} exercises; solutions {'installed' if report['solutions'] else 'not installed: recordings are used'}"
    )
    for problem in report["problems"]:
        click.echo(f"PROBLEM  {problem}")
    click.echo(f"Isolation: {report['isolation']}")
    for wall in report["walls"]:
        state = wall["state"]
        reason = f" ({wall['reason']})" if wall["reason"] else ""
        click.echo(f"  {state:<8} {wall['name']:<18} {wall['meaning']}{reason}")
    return 0 if report["healthy"] else 2


def _examine() -> dict[str, Any]:
    problems: list[str] = []
    exercises = []
    try:
        exercises = list(load_course().exercises)
    except Chapter10Error as error:
        problems.append(f"{error.message} {error.hint}".strip())
    for exercise in exercises:
        for path in (exercise.stub, exercise.suite, exercise.recording):
            if not path.is_file():
                problems.append(f"{path} is missing: reinstall chapter10.")
    walls, level = _walls(problems)
    return {
        "version": 1,
        "chapter10": __version__,
        "python": platform.python_version(),
        "torch": _version("torch"),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "exercises": len(exercises),
        "solutions": any(folder("solutions").glob("*.py")) if folder("solutions").is_dir() else False,
        "isolation": level,
        "walls": walls,
        "problems": problems,
        "healthy": not problems,
    }


def _walls(problems: list[str]) -> tuple[list[dict[str, str]], str]:
    from chapter10.sandbox.engine import ALL_WALLS, Engine

    try:
        with Engine() as engine:
            engine.child().close()
            isolation = engine.isolation
    except Chapter10Error as error:
        problems.append(error.message)
        return [], "none"
    names = list(ALL_WALLS) + [name for name in isolation.missing if name not in ALL_WALLS]
    walls = []
    for name in names:
        raised = name in isolation.raised
        state = "raised" if raised else "missing" if sys.platform == "linux" else "n/a"
        reason = "" if raised else isolation.missing.get(name, "")
        walls.append({"name": name, "state": state, "reason": reason, "meaning": _MEANING.get(name, "")})
    return walls, isolation.level


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
