"""Thresholds from measurements: the solution is trained on many seeds, in walled children, by the code that grades learners.

Accuracies are bounded and pile up below 1, so the fit is a normal distribution of logit((right + ½) / (n + 1)). The threshold is its one-sided
tolerance bound (Natrella, Experimental Statistics, 1963, section 2-5.3): with 95 % confidence, which pays for the small number of seeds, at most
1 run in 1,000 of a correct model falls below. A submission has two runs, on independent seeds; both fail with a probability below 1e-6.

That holds as far as the fit holds: 50 seeds cannot show a rare accident, and where nearly every seed scores 1, the few that don't have a longer
tail than any normal distribution. So no threshold lies above `CEILING`; and where a seed fell below the bound, which refutes the fit, the
threshold leaves room for `ROOM` times the error of the worst seed.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import math
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import NormalDist, fmean, stdev
from typing import Any

import torch

from chapter10.course import folder, load_course
from chapter10.grading import training
from chapter10.grading.training import TASKS, Task
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.proxy import Subject, SubjectError
from chapter10.sandbox.transports import ChildTransport, Source

MISS = 1e-3  # of one run; twice in a row: 1e-6
CONFIDENCE = 0.95
STEP = 0.005  # thresholds are rounded down to a multiple of it
CEILING = 0.95
ROOM = 3
BUG_SEEDS = 3
FIRST_SEED = training.SEEDS  # above every seed that a grading draws
FEWEST = 5  # runs for a fit
PATIENCE = 1800.0  # seconds for one training: a calibration measures accuracy, on however busy a machine

Tell = Callable[[str, str], None]


def fit(accuracies: list[float], tests: int) -> dict[str, float]:
    """Fit the distribution of a correct model's accuracy on `tests` examples; return it with the threshold that follows.

    Raises:
        ValueError: fewer than `FEWEST` accuracies.
    """
    count = len(accuracies)
    if count < FEWEST:
        raise ValueError(f"{count} runs are too few for a threshold")
    logits = [_logit((accuracy * tests + 0.5) / (tests + 1)) for accuracy in accuracies]
    center, spread = fmean(logits), stdev(logits)
    bound = 1 / (1 + math.exp(-(center - _factor(count) * spread)))
    worst = min(accuracies)
    lowest = bound if worst >= bound else 1 - ROOM * (1 - worst)
    return {
        "logit_mean": round(center, 4),
        "logit_sd": round(spread, 4),
        "bound": round(bound, 4),
        "threshold": round(min(math.floor(lowest / STEP + 1e-9) * STEP, CEILING), 4),
    }


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _factor(count: int) -> float:
    """Return how many standard deviations below the mean the tolerance bound of `count` normal numbers lies."""
    miss, sure = NormalDist().inv_cdf(1 - MISS), NormalDist().inv_cdf(CONFIDENCE)
    a, b = 1 - sure**2 / (2 * (count - 1)), miss**2 - sure**2 / count
    return (miss + math.sqrt(miss**2 - a * b)) / a


def calibrate(
    tasks: Iterable[Task], seeds: int, minutes: float, path: Path, table: Path, tell: Tell = lambda task, word: None
) -> None:
    """Measure `tasks` on `seeds` seeds each, fit, and write the calibration at `path` and its table.

    What has been measured before counts, as long as recipe, data and torch are the same; so an interrupted calibration goes on where it
    stopped, and a higher number of seeds tops it up. Nothing new is started after `minutes`.

    Raises:
        SubjectError: a solution cannot be trained.
    """
    torch.set_num_threads(1)
    deadline = time.monotonic() + 60 * minutes
    known = read(path)
    entries = {}
    for task in tasks:
        if task.calibrated_as:
            continue
        entry, made = known.get(task.id, {}), {"recipe": fingerprint(task), "torch": str(torch.__version__)}
        current = entry.items() >= made.items()
        entries[task.id] = entry if current else made | {"accuracies": [], "seconds": [], "bugs": {}}
    steps = [step for task_id, entry in entries.items() for step in _missing(TASKS[task_id], entry, seeds)]
    with Engine() as engine:
        for _, name, bug, number in sorted(steps):
            if time.monotonic() > deadline:
                break
            tell(name, bug or "solution")
            entry = entries[name]
            _measure(engine, TASKS[name], entry, bug, number)
            if len(entry["accuracies"]) >= FEWEST:
                save(name, entry | fit(entry["accuracies"], entry["tests"]), path, table)


def _missing(task: Task, entry: dict[str, Any], seeds: int) -> list[tuple[int, str, str, int]]:
    """Return what is still to be measured: (turn, task, bug or "" for the solution, number of the seed).

    All tasks take turns, so that an early end leaves none without numbers.
    """
    steps = [(number, task.id, "", number) for number in range(len(entry["accuracies"]), seeds)]
    for bug in task.bugs:
        steps += [(10 * (number + 1), task.id, bug, number) for number in range(len(entry["bugs"].get(bug, [])), BUG_SEEDS)]
    return steps


def _measure(engine: Engine, task: Task, entry: dict[str, Any], bug: str, number: int) -> None:
    """Train once in a walled child of its own, and note the accuracy in `entry`; None for a bug whose code fails."""
    exercise = load_course()[task.exercise]
    path = next(path for path in exercise.bank("misconceptions") if path.stem == bug) if bug else exercise.solution
    text = path.read_text(encoding="utf-8")
    source = Source(exercise.id, path.name, text, exercise.forbidden, exercise.forbidden_operators)
    transport = ChildTransport(engine, source)
    try:
        outcome = training.run(Subject(transport, exercise.parameters), task, FIRST_SEED + number, PATIENCE)
    except SubjectError:
        if not bug:
            raise
        entry["bugs"].setdefault(bug, []).append(None)
        return
    finally:
        transport.close()
    accuracy = round(outcome.accuracy, 4)
    if bug:
        entry["bugs"].setdefault(bug, []).append(accuracy)
    else:
        entry["accuracies"].append(accuracy)
        entry["seconds"].append(round(outcome.seconds, 1))
        entry["tests"] = outcome.tests


def fingerprint(task: Task) -> str:
    """Return a hash of the recipe and of the data of one seed: what a measurement depends on, besides torch and the solution."""
    examples = task.make(FIRST_SEED)
    found = hashlib.sha256(json.dumps(task.recipe, sort_keys=True).encode())
    for tensor in (*examples.inputs, examples.targets, *examples.test_inputs, examples.test_labels, *examples.constants.values()):
        plain = tensor.contiguous()
        found.update(ctypes.string_at(plain.data_ptr(), plain.numel() * plain.element_size()))
    return found.hexdigest()[:16]


def read(path: Path) -> dict[str, Any]:
    """Return the entries of a calibration file by task, none where there is no file."""
    return json.loads(path.read_text(encoding="utf-8"))["tasks"] if path.is_file() else {}


def save(name: str, entry: dict[str, Any], path: Path, table: Path) -> None:
    """Put one task's entry into the calibration file, and write the table anew."""
    tasks = read(path) | {name: entry}
    document = {"version": 1, "tasks": {known: tasks[known] for known in TASKS if known in tasks}}
    part = path.with_suffix(".part")
    part.write_text(_to_json(document), encoding="utf-8")
    part.replace(path)
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text(as_table(document["tasks"]), encoding="utf-8")
    training.calibration.cache_clear()


def _to_json(document: dict[str, Any]) -> str:
    """Return JSON with every list of numbers on one line."""
    text = json.dumps(document, indent=1)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", text) + "\n"


def places() -> tuple[Path, Path]:
    """Return where the calibration and its table belong."""
    return folder("fixtures") / "calibration.json", folder("fixtures").parent / "docs" / "calibration.md"


_HEAD = f"""# Calibration of the trained accuracies

Written by `chapter10 audit --calibrate`; `fixtures/calibration.json` holds every single accuracy.

Each row: the solution, trained in walled children by the code that grades learners, once for each seed. The accuracies are turned into
logit((right + ½) / (n + 1)), where a normal distribution is fitted. The bound is its one-sided tolerance bound (Natrella 1963, section 2-5.3):
with {CONFIDENCE:.0%} confidence at most {MISS:g} of a correct model's runs fall below. A submission has two runs on independent seeds, so
both fail with a probability below {MISS**2:g}, as far as the fit holds: that many seeds cannot show a rare accident. The threshold is the bound,
rounded down to a multiple of {STEP:g}, and never above {CEILING:g}: where nearly every seed scores 1, the few that don't have a longer tail than
the fit. Where a seed fell below the bound, which refutes the fit, the threshold leaves room for {ROOM} times the worst seed's error.

| task | exercise | seeds | mean | sd | min | bound | threshold | seconds |
|---|---|---|---|---|---|---|---|---|
"""

_MIDDLE = """
Seconds: the median, on one core of the machine that calibrated, while it had other work.

## What the mistakes reach

The best of a few seeds. Accuracy is the last net, not the first: what it lets through, the tests before it catch by numbers.

| task | threshold | below it | not below it | fails before the end |
|---|---|---|---|---|
"""


def as_table(tasks: dict[str, Any]) -> str:
    """Return the calibration as a Markdown document."""
    rows, mistakes = [], []
    for name, entry in tasks.items():
        values, seconds = entry["accuracies"], sorted(entry["seconds"])
        cells = [name, f"`{TASKS[name].exercise}`", str(len(values)), *(f"{number:.4f}" for number in _shape_of(values))]
        cells += [f"{entry['bound']:.4f}", f"**{entry['threshold']:.3f}**", f"{seconds[len(seconds) // 2]:.1f}"]
        rows.append(_row(cells))
        reached = {bug: [value for value in found if value is not None] for bug, found in entry["bugs"].items()}
        best = {bug: max(found) for bug, found in reached.items() if found}
        below = [f"{bug} {value:.3f}" for bug, value in best.items() if value < entry["threshold"]]
        above = [f"{bug} {value:.3f}" for bug, value in best.items() if value >= entry["threshold"]]
        crashed = [bug for bug, found in reached.items() if not found]
        if reached:
            mistakes.append(_row([name, f"{entry['threshold']:.3f}", *(" · ".join(cell) or "–" for cell in (below, above, crashed))]))
    return _HEAD + "".join(rows) + _MIDDLE + "".join(mistakes)


def _shape_of(values: list[float]) -> tuple[float, float, float]:
    return fmean(values), stdev(values), min(values)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
