"""Runs a lab from its first step to its files: measure, then tell what was measured, however far that came."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from chapter10.labs import LABS, report
from chapter10.labs.bench import Bench
from chapter10.labs.report import Report

Numbers = dict[str, Any]


class Lab(Protocol):
    """A module of this package: one experiment. What it measures is plain data, and what it tells is made from that alone."""

    def measure(self, bench: Bench, numbers: Numbers, **options: Any) -> None:
        """Fill `numbers` as it goes: what is in there counts, whatever happens next. Empty, there is nothing to tell."""

    def present(self, numbers: Numbers) -> Report:
        """Return the report of complete or partial numbers."""


@dataclass(frozen=True)
class Result:
    """A lab's outcome. `report` is None when nothing could be measured."""

    document: dict[str, Any]
    report: Report | None
    paths: list[Path]
    stopped: bool


def load(name: str) -> Lab:
    """Import the lab called `name`, one of `LABS`."""
    if name not in LABS:
        raise KeyError(name)
    return cast(Lab, importlib.import_module(f"chapter10.labs.{name.replace('-', '_')}"))


def run(name: str, lab: Lab, bench: Bench, folder: Path, options: dict[str, Any]) -> Result:
    """Run a lab and write its files. Ctrl-C keeps what is finished. Raises WorkspaceError when they cannot be written."""
    numbers: Numbers = {}
    stopped = False
    try:
        lab.measure(bench, numbers, **options)
    except KeyboardInterrupt:
        stopped = True
    told: Report | None = None
    paths: list[Path] = []
    document = {
        "version": 1,
        "lab": name,
        "quick": bench.quick,
        "seed": bench.seed,
        "stopped": stopped,
        "code": [code.as_dict() for code in bench.codes.values()],
        "failures": bench.failures,
        "numbers": numbers,
    }
    if numbers:
        told = lab.present(numbers)
        told.name, told.quick, told.stopped = name, bench.quick, stopped
        told.codes = [code.as_dict() for code in bench.codes.values()]
        told.failures = bench.failures
        paths = report.write(told, document, folder)
    return Result(document, told, paths, stopped)
