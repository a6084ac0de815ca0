"""`chapter10 lab`: the chapter's experiments, on the learner's own code."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from chapter10.labs import LABS


class LabGroup(click.Group):
    """A group whose unknown names suggest the nearest."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the lab."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], LABS, n=1)
            suggestion = f" Did you mean `{close[0]}`?" if close else ""
            raise click.UsageError(
                f"There is no lab called `{args[0]}`.{suggestion} `chapter10 lab` lists them.", ctx
            ) from error


@click.group("lab", cls=LabGroup, invoke_without_command=True)
@click.pass_context
def lab_command(ctx: click.Context) -> int:
    """Experiment with your own code: measure, draw, understand.

    Results go to lab-results/NAME/: a PNG, a page of HTML and the numbers. Where yours is not written yet, the reference runs.
    """
    if ctx.invoked_subcommand is None:
        width = max(map(len, LABS))
        for name, text in LABS.items():
            click.echo(f"{name.ljust(width)}  {text}")
        click.echo("\nTry one: `chapter10 lab receptive-field` takes a few seconds. `--quick` makes any of them short.")
    return 0


def _lab(name: str) -> Callable[[Callable[..., dict[str, Any]]], click.Command]:
    """Make a command of a function that turns its own options into those of the lab."""

    def decorate(function: Callable[..., dict[str, Any]]) -> click.Command:
        @functools.wraps(function)
        def command(out: Path | None, as_json: bool, quick: bool, seed: int, reference: bool, **options: Any) -> int:
            folder = out if out is not None else Path("lab-results") / name
            return _run(name, folder, as_json, {"quick": quick, "seed": seed, "reference": reference}, function(**options))

        for option in reversed(_SHARED):
            command = option(command)
        return lab_command.command(name, help=LABS[name])(command)

    return decorate


_SHARED = (
    click.option("--quick", is_flag=True, help="A run of seconds on little data."),
    click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Where the results go."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout and nothing else."),
    click.option(
        "--seed", type=click.IntRange(0, (1 << 31) - 1), default=0, show_default=True, help="For weights, shuffles and inputs."
    ),
    click.option("--reference", is_flag=True, help="Run the reference, to compare with."),
)


@_lab("kernels")
def kernels_command() -> dict[str, Any]:
    """Take no options of its own."""
    return {}


@_lab("convergence")
@click.option("--epochs", type=click.IntRange(1, 50), help="Instead of 4 (1 with --quick).")
@click.option("--level", type=click.FloatRange(0.5, 1), default=0.70, show_default=True, help="The accuracy to reach.")
def convergence_command(epochs: int | None, level: float) -> dict[str, Any]:
    """Pass the options on."""
    return {"epochs": epochs, "level": level}


@_lab("attention")
@click.argument("sentence", default="the cat sat because it was tired")
@click.option(
    "--word", default="it", show_default=True, help="Whose attention to report; the last word where it does not occur."
)
def attention_command(sentence: str, word: str) -> dict[str, Any]:
    """Pass the options on."""
    return {"sentence": sentence, "word": word.lower()}


@_lab("cost")
@click.option("--window", type=click.IntRange(1, 64), default=8, show_default=True, help="Neighbours on each side.")
@click.option("--longest", type=click.IntRange(256, 8192), help="The longest sequence, instead of 4096 (1024 with --quick).")
def cost_command(window: int, longest: int | None) -> dict[str, Any]:
    """Pass the options on."""
    return {"window": window, "longest": longest}


@_lab("receptive-field")
@click.option("--layers", type=click.IntRange(1, 8), help="Up to how many, instead of 5 (3 with --quick).")
@click.option("--kernel-size", type=click.Choice(["1", "3", "5", "7"]), default="3", show_default=True, help="Of every layer.")
def receptive_field_command(layers: int | None, kernel_size: str) -> dict[str, Any]:
    """Pass the options on."""
    return {"layers": layers, "kernel_size": int(kernel_size)}


@_lab("gradients")
def gradients_command() -> dict[str, Any]:
    """Take no options of its own."""
    return {}


@_lab("norms")
def norms_command() -> dict[str, Any]:
    """Take no options of its own."""
    return {}


def _run(name: str, folder: Path, as_json: bool, settings: dict[str, Any], options: dict[str, Any]) -> int:
    """Run a lab and print its report. Exit codes: 0 all of it ran, 1 some code of the learner's failed, 130 stopped."""
    from chapter10.course import load_course
    from chapter10.learner.workspace import Workspace
    from chapter10.sandbox.engine import Engine

    with Engine() as engine:  # it warms up while this process imports torch
        from chapter10.labs import runner
        from chapter10.labs.bench import Bench

        with _bar(as_json) as show:
            bench = Bench(engine, load_course(), Workspace.find(), show=show, **settings)
            result = runner.run(name, runner.load(name), bench, folder, options)
    if as_json:
        click.echo(json.dumps({**result.document, "files": [str(path) for path in result.paths]}, indent=1))
    else:
        _print(name, result)
    return 130 if result.stopped else 1 if result.document["failures"] else 0


@contextlib.contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """Yield what is told of progress; a live bar where a person watches."""
    if quiet or not sys.stderr.isatty():
        yield lambda label, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("warming up", total=1.0)
        yield lambda label, share: progress.update(task, description=label, completed=share)


def _print(name: str, result: Any) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if result.report is not None:
        from chapter10.labs import report

        report.show(console, result.report, result.paths)
        return
    for failure in result.document["failures"]:
        click.echo(f"{failure['step']}: {failure['message']} {failure['help']}".rstrip(), err=True)
    click.echo(
        "Stopped before anything was finished."
        if result.stopped
        else f"`lab {name}` has nothing to show: no step of it could run.",
        err=True,
    )
