"""Checking one file where a platform runs us: in a process of its own, through the command that learners use."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CHECK_SECONDS = 1200  # the backstop; the engine keeps each call's deadline, and a training takes minutes


def check(exercise: str, filename: str, data: bytes) -> dict[str, Any]:
    """Return the verdict on a file's bytes, as `chapter10 check --json` prints it; an error verdict where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / filename
        path.write_bytes(data)
        command = [sys.executable, "-m", "chapter10.cli.main", "check", exercise, "--file", str(path), "--json"]
        try:
            done = subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=CHECK_SECONDS, check=False
            )
            document: dict[str, Any] = json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            document = ungraded(exercise, f"The check took more than {CHECK_SECONDS // 60} minutes.")
        except (OSError, ValueError):
            document = ungraded(exercise, "The check failed, through no fault of the answer: tell your instructor.")
    return document


def ungraded(exercise: str, reason: str) -> dict[str, Any]:
    """Return the verdict on an exercise that could not be graded."""
    from chapter10.grading.results import Verdict  # with torch, which is needed for nothing else in this process

    return Verdict(exercise, error=reason).as_dict()
