"""Commands for those who write exercises: `audit`, `record` and `new`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from chapter10.course import Exercise, load_course
from chapter10.errors import EngineError

if TYPE_CHECKING:
    from rich.console import Console


def _chosen(names: tuple[str, ...]) -> list[Exercise]:
    course = load_course()
    return [course[name] for name in names] if names else list(course.exercises)


@click.command("audit")
@click.argument("exercises", nargs=-1)
@click.option("--repeat", type=click.IntRange(min=1), help="Regrade with this many fresh seeds, and report every flip.")
@click.option("--training", is_flag=True, help="Also train the reference and every variant.")
@click.option("--calibrate", is_flag=True, help="Measure the thresholds of the trained accuracies instead, and write them.")
@click.option(
    "--seeds", type=click.IntRange(min=5), default=50, show_default=True, help="Trainings of each task, with --calibrate."
)
@click.option("--minutes", type=float, default=1e6, help="Start nothing new after so many minutes, with --calibrate.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def audit_command(
    exercises: tuple[str, ...],
    repeat: int | None,
    training: bool,
    calibrate: bool,
    seeds: int,
    minutes: float,
    as_json: bool,
) -> int:
    """Prove the grader suites: stub 0, reference full, misconceptions rejected and named, variants accepted."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from chapter10.grading import audit
    from chapter10.grading.session import Grader, open_session

    chosen = _chosen(exercises)
    without = [exercise.id for exercise in chosen if not exercise.solution.is_file()]
    if without:
        raise EngineError(f"An audit needs the solutions, and there is none of {', '.join(without)}.")
    console = Console(stderr=True)
    if calibrate:
        return _calibrate(console, {exercise.id for exercise in chosen}, seeds, minutes)

    def body(grader: Grader) -> list[audit.Audit]:
        found = []
        with Progress(console=console, transient=True) as progress:
            for exercise in chosen:
                files = 2 + len(exercise.bank("misconceptions")) + len(exercise.bank("variants"))
                bar = progress.add_task(exercise.id, total=files + (repeat or 0))

                def step(*words: object, bar: TaskID = bar, exercise: Exercise = exercise) -> None:
                    progress.update(bar, advance=1, description=f"{exercise.id} {words[-1]}")

                found.append(audit.audit(grader, exercise, step, training))
                if repeat:
                    found[-1].flips = audit.repeat(grader, exercise, repeat, step)
                progress.remove_task(bar)
        return found

    found = open_session(chosen, body)
    if as_json:
        click.echo(json.dumps({"version": 1, "exercises": [entry.as_dict() for entry in found]}, indent=1))
    else:
        _print(found, repeat)
    return 0 if all(entry.proven for entry in found) else 1


def _calibrate(console: Console, exercises: set[str], seeds: int, minutes: float) -> int:
    from rich.progress import Progress

    from chapter10.grading import calibration
    from chapter10.grading.training import TASKS
    from chapter10.sandbox.engine import Engine

    tasks = [task for task in TASKS.values() if task.exercise in exercises]
    if not tasks:
        raise EngineError(f"Nothing is trained in {', '.join(sorted(exercises))}.")
    path, table = calibration.places()
    with Engine() as engine, Progress(console=console, transient=True) as progress:
        _, steps = calibration.pending(tasks, seeds, path)
        bar = progress.add_task("", total=len(steps))

        def step(task: str, what: str) -> None:
            progress.update(bar, advance=1, description=f"{task} {what}")

        calibration.calibrate(tasks, seeds, minutes, path, table, step, engine)
    entries = calibration.read(path)
    for task in (task for task in tasks if not task.calibrated_as):
        entry = entries.get(task.id)
        runs = len(entry["accuracies"]) if entry else 0
        click.echo(f"{task.id}: threshold {entry['threshold']:.3f} from {runs} seeds" if entry else f"{task.id}: not measured")
    return 0


def _print(found: list, repeat: int | None) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("exercise", "stub", "reference", "rejected", "named", "variants", "seconds"):
        table.add_column(title, justify="left" if title == "exercise" else "right")
    for entry in found:
        table.add_row(
            entry.exercise,
            f"{entry.stub_points:g}/{entry.points:g}",
            "full" if entry.reference else "FAILS",
            f"{entry.misconceptions - len(entry.accepted_wrongly)}/{entry.misconceptions}",
            f"{entry.misconceptions - len(entry.not_named)}/{entry.misconceptions}",
            f"{entry.variants - len(entry.rejected_wrongly)}/{entry.variants}",
            f"{entry.seconds:.1f}",
        )
    console = Console()
    console.print(table)
    for entry in found:
        for title, names in (
            ("accepted, though wrong", entry.accepted_wrongly),
            ("rejected, though right", entry.rejected_wrongly),
            ("named otherwise", entry.not_named),
            ("flips", entry.flips),
        ):
            for name in names:
                console.print(f"  {entry.exercise}: {title}: {name}", markup=False, highlight=False)
    if repeat:
        click.echo(f"Regraded with {repeat} fresh seeds: {sum(len(entry.flips) for entry in found)} flips.")


@click.command("record")
@click.argument("exercises", nargs=-1)
@click.option("--check", is_flag=True, help="Only say which recordings are out of date; exit with 1 when one is.")
def record_command(exercises: tuple[str, ...], check: bool) -> int:
    """Write the recordings that grading without solutions, and every diagnosis, needs."""
    from chapter10.grading import recording

    chosen = _chosen(exercises)
    if check:
        stale = [exercise.id for exercise in chosen if not recording.is_current(exercise)]
        click.echo(f"Out of date: {', '.join(stale)}." if stale else "All recordings are current.")
        return 1 if stale else 0
    for name, tape in recording.record(chosen).items():
        path = load_course()[name].recording
        tape.save(path)
        click.echo(f"{name}: {len(tape.tracks)} tests, {len(tape.bank)} misconceptions, {path.stat().st_size / 1024:.0f} KiB")
    return 0


@click.command("new")
@click.argument("name")
def new_command(name: str) -> int:
    """Lay out the files of a new exercise called NAME."""
    from chapter10.grading.scaffold import lay_out

    for path in lay_out(name.replace("-", "_")):
        click.echo(f"wrote {path}")
    click.echo(
        f"Fill them in, then: `chapter10 record {name}` and `chapter10 audit {name}`. docs/authoring.md walks through it."
    )
    return 0
