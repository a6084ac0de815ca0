"""`--limit NAME=VALUE`: what one submission may use, for every command that runs one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import click

from chapter10.sandbox.limits import Deadlines, Limits

_BYTES = ("memory", "file_size", "folder")
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_TIMES = {"s": 1.0, "m": 60.0, "h": 3600.0}
_MOST = 1 << 40


def name_of(field: str) -> str:
    """Return how a limit is called on the command line."""
    return field.replace("_", "-")


NAMES = [name_of(field.name) for kind in (Deadlines, Limits) for field in fields(kind)]


@dataclass(frozen=True)
class Bounds:
    """All limits of one command."""

    limits: Limits
    deadlines: Deadlines


def _parse(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> Bounds:
    changes: dict[type[Limits] | type[Deadlines], dict[str, Any]] = {Limits: {}, Deadlines: {}}
    for text in values:
        name, equals, value = text.partition("=")
        field = name.strip().replace("-", "_")
        kind = next((kind for kind in changes if field in kind.__dataclass_fields__), None)
        if not equals or kind is None:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE with one of the names {', '.join(NAMES)}.")
        changes[kind][field] = _number(field, value.strip().lower(), text, kind)
    return Bounds(Limits(**changes[Limits]), Deadlines(**changes[Deadlines]))


def _number(field: str, value: str, text: str, kind: type) -> float:
    units = _UNITS if field in _BYTES else _TIMES if kind is Deadlines or field == "cpu" else {}
    number = value.removesuffix("b") if field in _BYTES else value
    factor = units.get(number[-1:], 1)
    try:
        result = float(number[:-1] if number[-1:] in units else number) * factor
    except ValueError:
        result = 0.0
    if not 0 < result <= _MOST:
        example = "512M" if field in _BYTES else "30s" if units else "100"
        raise click.BadParameter(f"{text!r}: the value is a number above 0, such as {name_of(field)}={example}.")
    return result if kind is Deadlines else int(max(result, 1))


def limit_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--limit`; it arrives as `bounds`, with the defaults where nothing was said."""
    seconds, space = Deadlines(), Limits()
    return click.option(
        "--limit",
        "bounds",
        metavar="NAME=VALUE",
        multiple=True,
        callback=_parse,
        help=(
            "What one submission may use; may be repeated. Time: "
            f"load={seconds.load:g}s, call={seconds.call:g}s, total={seconds.total:g}s by the clock, cpu={space.cpu}s. Space: "
            f"memory={space.memory >> 30}G, folder={space.folder >> 20}M, file-size={space.file_size >> 20}M, "
            f"entries={space.entries}, files={space.files} (open ones), threads={space.threads}, "
            f"output={space.output} characters. These are the defaults."
        ),
    )(command)
