"""From a save to the verdict on the screen: `make bench-watch`.

A real `chapter10 watch` in a pseudo-terminal. The clock starts when the file has been replaced, and stops when the screen holds
the verdict of what was saved. The target is 0.25 s.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chapter10.course import load_course

EXERCISE = load_course()["attention"]
RIGHT = EXERCISE.solution.read_text(encoding="utf-8")
WRONG = (EXERCISE.solution.parent / "misconceptions" / "attention" / "no_scaling.py").read_text(encoding="utf-8")
TARGET = 0.25  # seconds


def wait_for(screen: int, words: bytes, seconds: float) -> None:
    """Read the screen until it shows `words`. Raises SystemExit when it does not in time."""
    seen, deadline = b"", time.monotonic() + seconds
    while words not in seen:
        ready, _, _ = select.select([screen], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise SystemExit(
                f"the watch did not show {words!r} within {seconds} s; it showed:\n{seen.decode(errors='replace')}"
            )
        seen += os.read(screen, 1 << 16)


def save(path: Path, text: str) -> None:
    """Replace a file the way editors do."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "attention.py"
        save(file, WRONG)
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "chapter10.cli.main", "check", "attention", "--watch", "--file", str(file)]
        watch = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env={**os.environ, "TERM": "xterm"}
        )
        os.close(theirs)
        try:
            wait_for(ours, b"are not divided", 120)
            for number in range(rounds):
                time.sleep(0.4)
                wrong = number % 2 == 1
                save(file, f"{WRONG if wrong else RIGHT}\n# {number}\n")
                started = time.perf_counter()
                wait_for(ours, b"are not divided" if wrong else b"20 of 20 points", 30)
                seconds.append(time.perf_counter() - started)
        finally:
            watch.terminate()
            watch.wait()
    for name, part in (("right", seconds[0::2]), ("wrong, with its diagnosis", seconds[1::2])):
        print(
            f"save to verdict, {name:<26} {1000 * statistics.median(part):6.0f} ms median, {1000 * max(part):6.0f} ms at most"
        )
    print(f"target: {1000 * TARGET:.0f} ms")


if __name__ == "__main__":
    main()
