"""Thresholds from measurements: the solution is trained on many seeds, in walled children, by the code that grades learners.

Accuracies lie between 0 and 1, pile up below 1 and have their tail on the left, so a beta distribution is fitted to them, by
its moments. The number of seeds is small, so the mean is taken at its lower and the deviation at its upper 95 % confidence
bound. The bound that follows is the accuracy below which the fit sees 1 run in 10,000 of a correct model. A submission has two
runs, on independent seeds; for both to fail with a probability below 1e-6, 1 in 1,000 would do: the rest is for what moments of
a skewed sample get wrong.

That holds as far as the fit holds: no 50 seeds show a rare accident. So no threshold lies above the task's `most`, though
nearly every seed may score 1; and where a seed fell below the bound, which refutes the fit, the threshold leaves room for
`ROOM` times the error of the worst seed.
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
from chapter10.files import write_whole
from chapter10.grading import training
from chapter10.grading.training import TASKS, Task
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.proxy import Subject, SubjectError
from chapter10.sandbox.transports import ChildTransport, Source

MISS = 1e-4  # of one run, by the fit
ALLOWED = 1e-3  # of one run, in truth; twice in a row: 1e-6
CONFIDENCE = 0.95
STEP = 0.005  # thresholds are rounded down to a multiple of it
ROOM = 3
BUG_SEEDS = 3
FIRST_SEED = training.SEEDS  # above every seed that a grading draws
FEWEST = 5  # runs for a fit
PATIENCE = 1800.0  # seconds for one training: a calibration measures accuracy, on however busy a machine

Tell = Callable[[str, str], None]
Step = tuple[int, str, str, int]  # turn, task, bug or "" for the solution, number of the seed


def fit(accuracies: list[float], tests: int, most: float = training.MOST) -> dict[str, float]:
    """Fit the distribution of a correct model's accuracy on `tests` examples; return it with the threshold that follows.

    The threshold is at most `most` (see `Task.most`).

    Raises:
        ValueError: fewer than `FEWEST` accuracies.
    """
    count = len(accuracies)
    if count < FEWEST:
        raise ValueError(f"{count} runs are too few for a threshold")
    shares = [(accuracy * tests + 0.5) / (tests + 1) for accuracy in accuracies]  # never 1
    sure = NormalDist().inv_cdf(CONFIDENCE)
    center = fmean(shares) - sure * stdev(shares) / math.sqrt(count)
    freedom = count - 1
    chi_square = freedom * (1 - 2 / (9 * freedom) - sure * math.sqrt(2 / (9 * freedom))) ** 3  # Wilson and Hilferty (1931)
    spread = max(stdev(shares), 1 / tests) * math.sqrt(freedom / chi_square)
    size = center * (1 - center) / spread**2 - 1
    alpha, beta = center * size, (1 - center) * size
    bound = _quantile(MISS, alpha, beta)
    worst = min(accuracies)
    lowest = bound if worst >= bound else 1 - ROOM * (1 - worst)
    return {
        "alpha": round(alpha, 4),
        "beta": round(beta, 4),
        "bound": round(bound, 4),
        "threshold": round(min(math.floor(lowest / STEP + 1e-9) * STEP, most), 4),
    }


def _quantile(share: float, alpha: float, beta: float) -> float:
    """Return the x below which `share` of a beta distribution lies, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _beta_below(middle, alpha, beta) < share:
            low = middle
        else:
            high = middle
    return low


def _beta_below(x: float, alpha: float, beta: float) -> float:
    """Return the regularised incomplete beta function, by its continued fraction (Numerical Recipes, section 6.4)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (alpha + 1) / (alpha + beta + 2):  # where the fraction converges slowly, the mirror image does not
        return 1 - _beta_below(1 - x, beta, alpha)
    front = math.lgamma(alpha + beta) - math.lgamma(alpha) - math.lgamma(beta) + alpha * math.log(x) + beta * math.log1p(-x)
    value, numerator, denominator = 1.0, 1.0, 0.0
    for index in range(500):
        half, odd = divmod(index, 2)
        if index == 0:
            factor = 1.0
        elif odd:
            factor = -(alpha + half) * (alpha + beta + half) * x / ((alpha + 2 * half) * (alpha + 2 * half + 1))
        else:
            factor = half * (beta - half) * x / ((alpha + 2 * half - 1) * (alpha + 2 * half))
        denominator = 1 / (1 + factor * denominator)
        numerator = 1 + factor / numerator
        value *= numerator * denominator
        if abs(1 - numerator * denominator) < 1e-12:
            break
    return math.exp(front) * (value - 1) / alpha


def calibrate(tasks: Iterable[Task], seeds: int, minutes: float, path: Path, table: Path, tell: Tell, engine: Engine) -> None:
    """Measure `tasks` on `seeds` seeds each, fit, and write the calibration at `path` and its table.

    What has been measured before counts, as long as recipe, data and torch are the same; so an interrupted calibration goes on
    where it stopped, and a higher number of seeds tops it up. Nothing new is started after `minutes`.

    Raises:
        SubjectError: a solution cannot be trained.
    """
    deadline = time.monotonic() + 60 * minutes
    entries, steps = pending(tasks, seeds, path)
    for _, name, bug, number in steps:
        if time.monotonic() > deadline:
            break
        tell(name, bug or "solution")
        entry = entries[name]
        _measure(engine, TASKS[name], entry, bug, number)
        if len(entry["accuracies"]) >= FEWEST:
            save(name, entry | fit(entry["accuracies"], entry["tests"], TASKS[name].most), path, table)


def pending(tasks: Iterable[Task], seeds: int, path: Path) -> tuple[dict[str, dict[str, Any]], list[Step]]:
    """Return the entries of `tasks` as far as they are still valid, and the steps that they lack, in the order to take them.

    All tasks take turns, so that an early end leaves none without numbers.
    """
    known, entries, steps = read(path), {}, []
    for task in tasks:
        if task.calibrated_as:
            continue
        entry: dict[str, Any] = known.get(task.id, {})
        made: dict[str, Any] = {"recipe": fingerprint(task), "torch": str(torch.__version__)}
        if not made.items() <= entry.items():
            entry = made | {"accuracies": [], "seconds": [], "bugs": {}}
        entries[task.id] = entry
        steps += [(number, task.id, "", number) for number in range(len(entry["accuracies"]), seeds)]
        for bug in task.bugs:
            there = len(entry["bugs"].get(bug, []))
            steps += [(10 * (number + 1), task.id, bug, number) for number in range(there, BUG_SEEDS)]
    return entries, sorted(steps)


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
    """Return a hash of the recipe and of one seed's data: what a measurement depends on, besides torch and the solution."""
    examples = task.make(FIRST_SEED)
    found = hashlib.sha256(json.dumps(task.recipe, sort_keys=True).encode())
    for tensor in (
        *examples.inputs,
        examples.targets,
        *examples.test_inputs,
        examples.test_labels,
        *examples.constants.values(),
    ):
        plain = tensor.contiguous()
        found.update(ctypes.string_at(plain.data_ptr(), plain.numel() * plain.element_size()))
    return found.hexdigest()[:16]


def read(path: Path) -> dict[str, Any]:
    """Return the entries of a calibration file by task, none where there is no file."""
    return json.loads(path.read_text(encoding="utf-8"))["tasks"] if path.is_file() else {}


def save(name: str, entry: dict[str, Any], path: Path, table: Path) -> None:
    """Put one task's entry into the calibration file, and write the table anew."""
    tasks = read(path) | {name: entry}
    tasks = {known: tasks[known] for known in TASKS if known in tasks}
    write_whole(path, _to_json({"version": 1, "tasks": tasks}).encode())
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text(as_table(tasks), encoding="utf-8")
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

Each row: the solution, trained in walled children by the code that grades learners, once for each seed. A beta distribution
is fitted to the accuracies by its moments, with the mean at its lower and the deviation at its upper {CONFIDENCE:.0%}
confidence bound, so that few seeds give a low threshold. The bound is the accuracy below which the fit sees {MISS:g} of a
correct model's runs. A submission has two runs on independent seeds; for both to fail with a probability below
{ALLOWED**2:g}, {ALLOWED:g} would do: the rest is for what the moments of a skewed sample get wrong, and no such number of
seeds shows a rare accident. The threshold is the bound, rounded down to a multiple of {STEP:g}, and never above what the
task sets ({training.MOST:g}, or less where the contract leaves the design open and other right ones learn more slowly), though
nearly every seed may score 1. Where a seed fell below the bound, which refutes the fit, the threshold leaves room for {ROOM}
times the worst seed's error.

`chapter10 audit --calibrate --seeds N` goes on from what has been measured until every task has N seeds. A row with fewer than
50 is preliminary: its threshold is low for that reason.

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
            mistakes.append(
                _row([name, f"{entry['threshold']:.3f}", *(" · ".join(cell) or "–" for cell in (below, above, crashed))])
            )
    return _HEAD + "".join(rows) + _MIDDLE + "".join(mistakes)


def _shape_of(values: list[float]) -> tuple[float, float, float]:
    return fmean(values), stdev(values), min(values)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
