"""kill -9 of a child, of the zygote or of the grader, at random moments: the next verdict is right, and nothing is left behind.

`make faults` does it 500 times; by default a few of each.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chapter10.course import load_course
from chapter10.grading.session import open_session
from chapter10.sandbox.engine import Engine, family

TIMES = int(os.environ.get("CHAPTER10_FAULTS", "10"))
SEED = int(os.environ.get("CHAPTER10_FAULTS_SEED", "1"))
EXERCISE = load_course()["attention"]
RIGHT = EXERCISE.solution.read_text(encoding="utf-8")
WRONG = (EXERCISE.solution.parent / "misconceptions" / "attention" / "no_scaling.py").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


def below(process: int) -> list[int]:
    """Return the processes that descend from one."""
    return family(process)[1:]


def alive(process: int) -> bool:
    """Say whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill(process: int) -> None:
    """Kill a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def left_behind() -> set[str]:
    """Return the mounts and the temporary folders there are."""
    mounts = {line.split(" ", 4)[4].split()[0] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    return mounts | {str(path) for path in Path("/tmp").glob("chapter10-????????")}


def all_end(processes: list[int]) -> bool:
    """Wait until all of them have ended."""
    deadline = time.monotonic() + 20
    while any(alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def victims(engine: Engine, whom: str) -> list[int]:
    """Return the zygote with what is around it, or the children."""
    inside = below(engine._process.pid)
    depth = {process: len(below(process)) for process in inside}
    children = [process for process in inside if depth[process] == 0]
    return children if whom == "child" else [engine._process.pid, *(process for process in inside if depth[process])]


def test_children_and_zygotes_that_are_killed():
    chance = random.Random(SEED)
    before = left_behind()
    seen: set[int] = set()

    def body(grader):
        engine = grader.engine
        assert grader.grade(EXERCISE, RIGHT).status == "pass"
        for number in range(TIMES - TIMES // 10):
            whom = "zygote" if number % 8 == 7 else "child"
            victim = chance.choice(victims(engine, whom))
            seen.update(below(engine._process.pid))
            timer = threading.Timer(chance.uniform(0, 0.06), kill, [victim])
            timer.start()
            struck = grader.grade(EXERCISE, WRONG if number % 2 else RIGHT)
            timer.join()
            assert struck.status == "fail" or number % 2 == 0, f"kill {number}: a wrong answer passed"
            right, wrong = grader.grade(EXERCISE, RIGHT), grader.grade(EXERCISE, WRONG)
            assert (right.status, right.points) == ("pass", right.max_points), f"kill {number} of a {whom}: {right}"
            assert (wrong.status, wrong.points) == ("fail", 0), f"kill {number} of a {whom}: {wrong}"
        seen.update(below(engine._process.pid))

    with Engine() as engine:
        open_session([EXERCISE], body, engine=engine, seed=SEED)
    assert all_end(sorted(seen))
    assert left_behind() == before


def test_graders_that_are_killed(tmp_path):
    chance = random.Random(SEED)
    before = left_behind()
    (tmp_path / "right.py").write_text(RIGHT)
    check = [sys.executable, "-m", "chapter10.cli.main", "check", "attention", "--file", "right.py", "--json"]
    for number in range(TIMES // 10):
        process = subprocess.Popen(check, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + chance.uniform(0, 4)
        family: set[int] = set()
        while time.monotonic() < deadline and process.poll() is None:
            family.update(below(process.pid))
            time.sleep(0.02)
        process.kill()
        process.wait()
        assert all_end(sorted(family)), f"kill {number} of a grader left a process"
        assert left_behind() == before, f"kill {number} of a grader"
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 0
