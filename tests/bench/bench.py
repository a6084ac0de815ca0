"""The figures of the README, measured side by side in one alternating run: `make bench`.

Ratios are of medians; what is compared alternates, so that a busy minute of the machine falls on both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from chapter10.course import load_course
from chapter10.grading.session import Grader, open_session
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.transports import LocalTransport, Source

EXERCISE = load_course()["attention"]
PLAIN_SUITE = """
import math, torch
from torch.testing import assert_close
from answer import attention

def expected(q, k, v, mask=None):
    s = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    return (s if mask is None else s.masked_fill(mask == 0, -math.inf)).softmax(-1) @ v

def triple():
    return torch.randn(2, 3, 4), torch.randn(2, 5, 4), torch.randn(2, 5, 6)

def test_numbers():
    inputs = triple()
    assert_close(attention(*inputs), expected(*inputs))

def test_mask():
    inputs, mask = triple(), torch.ones(3, 5).tril()
    assert_close(attention(*inputs, mask), expected(*inputs, mask))

def test_shape():
    assert attention(*triple()).shape == (2, 3, 6)

def test_gradient():
    q, k, v = (t.requires_grad_() for t in triple())
    assert_close(torch.autograd.grad(attention(q, k, v).sum(), q), torch.autograd.grad(expected(q, k, v).sum(), q))
"""


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run(*command: object, cwd: Path | None = None) -> None:
    """Run a command to its end, silently. Raises CalledProcessError when it fails."""
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, capture_output=True)


def alternate(rounds: int, **works: Callable[[], object]) -> dict[str, float]:
    """Run the works in turn, `rounds` times; return the median seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            seconds[name].append(timed(work))
    return {name: statistics.median(values) for name, values in seconds.items()}


def cold(rounds: int) -> dict[str, float]:
    """`chapter10 check` from nothing, against importing torch, and plain pytest in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "answer.py").write_text(EXERCISE.solution.read_text(encoding="utf-8"), encoding="utf-8")
        (root / "test_plain.py").write_text(PLAIN_SUITE, encoding="utf-8")
        check = (sys.executable, "-m", "chapter10.cli.main", "check", "attention", "--file", root / "answer.py")
        return alternate(
            rounds,
            torch=lambda: run(sys.executable, "-c", "import torch"),
            check=lambda: run(*check),
            pytest=lambda: run(sys.executable, "-m", "pytest", "-q", "test_plain.py", cwd=root),
        )


def warm(rounds: int) -> dict[str, float]:
    """A further submission on a warm engine, fully walled, against a bare fork that runs the same checks."""
    text = EXERCISE.solution.read_text(encoding="utf-8")

    def body(grader: Grader) -> dict[str, float]:
        def walled() -> None:
            verdict = grader.grade(EXERCISE, text)
            assert verdict.status == "pass", verdict
            assert verdict.environment["isolation"] == "full", verdict.environment

        def floor() -> None:
            process = os.fork()
            if process == 0:
                transport = LocalTransport(Source("floor", "floor.py", text), double=False)
                os._exit(0 if grader.grade(EXERCISE, text, transport=transport).status == "pass" else 1)
            assert os.waitpid(process, 0)[1] == 0

        for _ in range(5):
            walled()
            floor()
        return alternate(rounds, walled=walled, floor=floor)

    return open_session([EXERCISE], body)


def walls(rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds until a fresh child answers: all walls, without bubblewrap, none; and what each wall takes to raise."""

    def fresh(engine: Engine) -> Callable[[], None]:
        def work() -> None:
            engine._spare = None  # not the one that was forked ahead
            engine.child().close(wait=True)

        return work

    raised: dict[str, list[float]] = {}
    with Engine("auto") as full, Engine("inner") as inner, Engine("none") as none:
        works = {"full": fresh(full), "inner": fresh(inner), "none": fresh(none)}
        for work in works.values():
            work()
        for _ in range(rounds):
            works["full"]()
            for wall, milliseconds in full.isolation.milliseconds.items():
                raised.setdefault(wall, []).append(milliseconds / 1000)
        seconds = alternate(rounds, **works)
    return seconds, {wall: statistics.median(values) for wall, values in raised.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cold", type=int, default=7, help="rounds of the cold figures")
    parser.add_argument("--warm", type=int, default=60, help="rounds of the warm figures")
    arguments = parser.parse_args()
    first, second = cold(arguments.cold), warm(arguments.warm)
    children, each = walls(arguments.warm)
    rows = [
        ("python -c 'import torch'", first["torch"], ""),
        ("chapter10 check attention, cold", first["check"], f"{first['check'] / first['torch']:.2f} × import torch (≤ 1.35)"),
        ("plain pytest, a process a submission", first["pytest"], ""),
        ("fork, same checks, no walls: the floor", second["floor"], ""),
        ("a further submission, fully walled", second["walled"], f"{second['walled'] / second['floor']:.2f} × floor (≤ 3)"),
        ("", 0.0, f"{first['pytest'] / second['walled']:.0f} × faster than plain pytest (≥ 60)"),
        ("a fresh child, all walls", children["full"], ""),
        ("a fresh child, without bubblewrap", children["inner"], ""),
        ("a fresh child, no walls", children["none"], ""),
        *((f"  of which to raise: {wall}", seconds, "") for wall, seconds in each.items()),
    ]
    for name, seconds, ratio in rows:
        figure = f"{seconds * 1000:9.1f} ms" if seconds else " " * 12
        print(f"{name:<40} {figure}   {ratio}")


if __name__ == "__main__":
    main()
