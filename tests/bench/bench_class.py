"""The figures of grading a class, measured side by side: `make bench-class`.

A class is attention, handed in by as many students as asked for: the variants and misconceptions of the exercise in turn, each
file unique. Rates are of a warm run, from the first verdict to the last; what is compared alternates, so that a busy minute of
the machine falls on both. nbgrader as it comes, and pytest, run four plain assertions; chapter10 runs its whole suite.
`--memory N` watches the memory of all processes while N submissions are graded.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import operator
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from bench import PLAIN_SUITE, run, timed
from bench_nbgrader import THEIRS, autograde, make

from chapter10.classroom.batch.batch import Batch, Options, Tally
from chapter10.classroom.found import Found, Intake, Person
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import load_course

ATTENTION = load_course()["attention"]
NBGRADER_SUBMISSIONS = 5  # in one command, the first of them for the start
CORES = sorted(os.sched_getaffinity(0))
TEXTS = [path.read_text(encoding="utf-8") for kind in ("variants", "misconceptions") for path in ATTENTION.bank(kind)]


def submissions(count: int) -> Intake:
    """Return a class of `count` students."""
    found = []
    for number, text in zip(range(count), itertools.cycle(TEXTS), strict=False):
        data = f"{text}\n# student {number}\n".encode()
        found.append(Found(Person(f"s{number:05}"), "attention", "attention.py", f"s{number:05}/attention.py", data))
    return Intake("folders", found)


def grade(count: int, options: Options, watch: Callable[[Tally], None] = lambda tally: None) -> float:
    """Grade a class; return submissions a second, from the first verdict of every worker on."""
    moments: list[float] = []

    def progress(tally: Tally) -> None:
        if tally.graded:
            moments.append(time.perf_counter())
            watch(tally)

    with tempfile.TemporaryDirectory() as folder, Gradebook.open(Path(folder) / "class.db", create=True) as gradebook:
        tally = Batch(gradebook, gradebook.add(submissions(count)).submissions, [ATTENTION], options).grade(progress)
        assert set(tally.statuses) == {"pass", "fail"}, tally
    warm = moments[len(moments) // 10 :]  # the workers do not get ready at the same moment
    return (len(warm) - 1) / (warm[-1] - warm[0])


@contextlib.contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Keep this process and all that it starts to so many cores."""
    os.sched_setaffinity(0, CORES[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


def plain_pytest(folder: Path) -> float:
    """Return the seconds of a pytest process for one submission, on one core."""
    with on_cores(1):
        return timed(lambda: run(sys.executable, "-m", "pytest", "-q", "test_plain.py", cwd=folder))


def nbgrader(course: Path) -> float:
    """Return nbgrader's seconds for one of many submissions in one command, on one core."""
    with on_cores(1):
        return statistics.median(autograde(course))


def local(count: int, cores: int) -> float:
    """Return the rate of as many local workers as cores."""
    with on_cores(cores):
        return grade(count, Options(workers=cores))


@contextlib.contextmanager
def dask(workers: int) -> Iterator[str]:
    """Start a scheduler and workers as a cluster has them; return its address."""
    with tempfile.TemporaryDirectory() as folder:
        place = ["--scheduler-file", str(Path(folder) / "scheduler.json")]
        quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        base = [sys.executable, "-m", "dask"]
        scheduler = [*base, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *place]
        worker = [*base, "worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", *place]
        processes = [subprocess.Popen(command, **quiet) for command in (scheduler, *[worker] * workers)]
        try:
            from distributed import Client

            with Client(scheduler_file=place[1], timeout=60, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=60)
                yield client.scheduler.address
        finally:
            for process in processes:
                process.terminate()
                process.wait()


def rates(count: int, rounds: int) -> dict[str, list[float]]:
    """Measure everything in turn, `rounds` times."""
    found: dict[str, list[float]] = {name: [] for name in ("one core", "two cores", "dask", "pytest", "nbgrader")}
    with tempfile.TemporaryDirectory() as folder, dask(workers=2) as address:
        root = Path(folder)
        (root / "answer.py").write_text(ATTENTION.solution.read_text(encoding="utf-8"), encoding="utf-8")
        (root / "test_plain.py").write_text(PLAIN_SUITE, encoding="utf-8")
        course = make(root, NBGRADER_SUBMISSIONS)[THEIRS]
        for _ in range(rounds):
            found["nbgrader"].append(nbgrader(course))
            found["pytest"].append(plain_pytest(root))
            found["one core"].append(local(count, 1))
            found["two cores"].append(local(count, 2))
            found["dask"].append(grade(count, Options(scheduler=address)))
    return found


def memory(count: int, workers: int) -> tuple[float, float]:
    """Return the MiB (proportional set size) of all processes: the medians around the 300th and the last verdict."""
    samples: dict[str, list[float]] = {"early": [], "late": []}
    this = psutil.Process()

    def watch(tally: Tally) -> None:
        phase = "early" if 250 <= tally.graded <= 300 else "late" if tally.graded > tally.total - 50 else ""
        if phase and tally.graded % 5 == 0:
            samples[phase].append(sum(_pss(process) for process in (this, *this.children(recursive=True))))

    grade(count, Options(workers=workers), watch)
    early, late = (statistics.median(values) / 2**20 for values in samples.values())
    return early, late


def _pss(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.Error:  # a submission's process, which has ended meanwhile
        return 0


def report(found: dict[str, list[float]]) -> tuple[list[tuple[str, str, str]], dict[str, float]]:
    """Return the table's rows, and the same as data. Ratios are of what was measured one after the other."""

    def ratio(one: str, other: str, of: Callable[[float, float], float]) -> float:
        return statistics.median(of(first, second) for first, second in zip(found[one], found[other], strict=True))

    one, two, nbgrader_seconds, pytest_seconds = (
        statistics.median(found[name]) for name in ("one core", "two cores", "nbgrader", "pytest")
    )
    figures = {
        "per_second_one_core": one,
        "per_second_two_cores": two,
        "second_core": ratio("two cores", "one core", operator.truediv),
        "nbgrader_seconds": nbgrader_seconds,
        "times_nbgrader": ratio("one core", "nbgrader", operator.mul),
        "pytest_seconds": pytest_seconds,
        "times_pytest": ratio("one core", "pytest", operator.mul),
        "dask_overhead": ratio("two cores", "dask", operator.truediv) - 1,
    }
    rows = [
        ("submissions a second on one core", f"{one:.1f}", "≥ 20"),
        ("on two cores", f"{two:.1f}", ""),
        ("the second core", f"{figures['second_core']:.2f} ×", "≥ 1.8 ×"),
        (f"against nbgrader's {nbgrader_seconds:.1f} s a submission", f"{figures['times_nbgrader']:.0f} ×", "≥ 60 ×"),
        (f"against a pytest process each, {pytest_seconds:.1f} s", f"{figures['times_pytest']:.0f} ×", "≥ 50 ×"),
        ("Dask's overhead over the local pool", f"{figures['dask_overhead']:+.0%}", "≤ 10 %"),
    ]
    return rows, figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="submissions in a class")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--memory", type=int, metavar="N", help="watch the memory of N submissions instead, from the 300th on")
    parser.add_argument("--workers", type=int, default=2, help="for --memory")
    arguments = parser.parse_args()
    if arguments.memory:
        early, late = memory(max(arguments.memory, 400), arguments.workers)
        change = late / early - 1
        rows = [("memory at 300 submissions", f"{early:.0f} MiB", ""), (f"at {arguments.memory:,}", f"{late:.0f} MiB", "")]
        rows.append(("change", f"{change:+.1%}", "± 10 %"))
        figures = {"early_mib": early, "late_mib": late, "change": change}
    else:
        rows, figures = report(rates(arguments.count, arguments.rounds))
    for name, value, wanted in rows:
        print(f"{name:<42} {value:>10}   {wanted}")
    print(json.dumps({"version": 1, **{name: round(value, 4) for name, value in figures.items()}}))


if __name__ == "__main__":
    main()
