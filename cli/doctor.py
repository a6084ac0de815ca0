"""`chapter10 doctor`: what this machine gives, and the command that would give the rest."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
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
    "control group": "the kernel ends what uses too much memory at once; an extra, full isolation does without it",
    "seccomp": "no sockets, no new processes, no tracing, no mounts",
}


# What each wall needs from the system, as Debian and Ubuntu call it.
_PACKAGES = {"bubblewrap": "bubblewrap", "file system": "bubblewrap", "seccomp": "libseccomp2"}


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Install what is missing, as root with apt; elsewhere say the command.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor_command(fix: bool, as_json: bool) -> int:
    """Show versions, the walls that this machine raises, and what is missing with the command that gives it."""
    report = _examine()
    done: list[str] = []
    if fix:
        done = _fix(report, quiet=as_json)
        report = _examine() if done else report
    report["fixed"] = done
    if as_json:
        click.echo(json.dumps(report, indent=1))
        return 0 if report["healthy"] else 2
    click.echo(f"chapter10 {__version__}, Python {report['python']}, torch {report['torch']}, {report['platform']}")
    solutions = "installed" if report["solutions"] else "not installed: recordings are used"
    click.echo(f"{report['exercises']} exercises; solutions {solutions}")
    for problem in report["problems"]:
        click.echo(f"PROBLEM  {problem}")
    click.echo(f"Isolation: {report['isolation']}")
    for wall in report["walls"]:
        state = wall["state"]
        reason = f" ({wall['reason']})" if wall["reason"] else ""
        click.echo(f"  {state:<8} {wall['name']:<18} {wall['meaning']}{reason}")
    if done:
        click.echo(f"Installed: {', '.join(done)}.")
    elif report["fix"]:
        click.echo(f"To raise what is missing: {report['fix']}" + ("" if fix else "   (or `chapter10 doctor --fix` as root)"))
    elif fix:
        click.echo("There is nothing that an installation would mend.")
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
        "fix": _command(_wanted(walls)),
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


def _wanted(walls: list[dict[str, str]]) -> list[str]:
    """Return the system's packages that would raise missing walls: those that are really not there, not those that fail."""
    from chapter10.sandbox.outer import find_bubblewrap

    missing = {wall["name"] for wall in walls if wall["state"] == "missing"}
    packages = {package for name, package in _PACKAGES.items() if name in missing}
    if find_bubblewrap() is not None:
        packages.discard("bubblewrap")
    elif sys.platform == "linux":
        packages.add("bubblewrap")
    return sorted(packages)


def _command(packages: list[str]) -> str:
    """Return the command that installs packages here, "" where there is nothing to install."""
    if not packages:
        return ""
    if shutil.which("apt-get"):
        return f"sudo apt-get install {' '.join(packages)}"
    for manager, words in (("dnf", "sudo dnf install"), ("pacman", "sudo pacman -S"), ("zypper", "sudo zypper install")):
        if shutil.which(manager):
            names = [name.replace("libseccomp2", "libseccomp") for name in packages]
            return f"{words} {' '.join(names)}"
    return f"install {' and '.join(packages)} with your system's package manager"


def _fix(report: dict[str, Any], quiet: bool) -> list[str]:
    """Install what is missing, where this process may; return what was installed."""
    packages = _wanted(report["walls"])
    if not packages or not shutil.which("apt-get") or os.geteuid() != 0:
        return []
    if not quiet:
        click.echo(f"Installing {', '.join(packages)} …")
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        ended = _apt(arguments)
        if ended.returncode and arguments[0] == "install":
            words = (ended.stderr or ended.stdout or "no reason given").strip().splitlines()[-1]
            report["problems"].append(f"apt-get could not install {', '.join(packages)}: {words}")
            report["healthy"] = False
            return []
    return packages


def _apt(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(["apt-get", *arguments], capture_output=True, text=True, env=environment, check=False)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
