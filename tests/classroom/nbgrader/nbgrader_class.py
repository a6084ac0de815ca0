"""A class of seventeen for nbgrader: what they hand in, and what becomes of it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from chapter10.course import folder, load_course

ATTENTION = load_course()["attention"]
RIGHT = ATTENTION.solution.read_text(encoding="utf-8")
WRONG = (folder("solutions") / "misconceptions/attention/no_scaling.py").read_text(encoding="utf-8")
PARTLY = (folder("solutions") / "misconceptions/attention/detached_key.py").read_text(encoding="utf-8")
DUE, IN_TIME, LATE = "2031-05-01 12:00:00 UTC", "2031-05-01 09:00:00 UTC", "2031-05-02 15:00:00 UTC"

# What runs when the file is imported; `mark` is a file that tells of a success.
OUTSIDE = {
    "kernel_killer": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "exiter": "import os\nos._exit(0)\n",
    "patcher": """
import torch
torch.allclose = torch.equal = lambda *_, **__: True
torch.testing.assert_close = lambda *_, **__: None
""",
    "lingerer": """
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(2)
    open({mark!r}, "w").write("still here")
""",
    "forger": """
import sqlite3
sqlite3.connect({gradebook!r}).execute("UPDATE grade SET auto_score = 20")
open({mark!r}, "w").write("forged")
""",
}
NOISY = "import sys, warnings\nwarnings.warn('deprecated')\nprint('careful!', file=sys.stderr)\n"
POINTS = {
    "right": 20.0, "late": 20.0, "noisy": 20.0, "cells_missing": 20.0, "cells_twice": 20.0, "marks_forged": 20.0,
    "partly": None, "wrong": 0.0, "unfinished": 0.0, "broken": 0.0, "linked": 0.0, "tests_rewritten": 0.0,
    "kernel_killer": 0.0, "exiter": 0.0, "patcher": 0.0, "lingerer": 0.0, "forger": 0.0,
}  # fmt: skip


def nbgrader(course: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of nbgrader's commands in a course. It finds its own helpers through PATH."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=course, env=environment, text=True, capture_output=True, check=check, timeout=120)


class Class:
    """The submissions of a course, written as learners would."""

    def __init__(self, course: Path) -> None:
        self.course = course
        self.released = json.loads((course / "release/attention/attention.ipynb").read_text(encoding="utf-8"))
        self.mark = course / "escaped.txt"

    def hand_in(self) -> None:
        """Write everybody's."""
        for name, text in (("right", RIGHT), ("late", RIGHT), ("wrong", WRONG), ("partly", PARTLY), ("noisy", NOISY + RIGHT)):
            self.write(name, answered(text))
        self.write("unfinished", lambda cells: cells)
        self.write("cells_missing", lambda cells: [code(RIGHT)])
        self.write("cells_twice", lambda cells: [*answered(WRONG)(cells), *answered(RIGHT)(cells)])
        self.write("marks_forged", marks_forged)
        self.write("tests_rewritten", tests_rewritten)
        for name, text in OUTSIDE.items():
            answer = RIGHT if name == "lingerer" else WRONG
            attack = text.format(mark=str(self.mark), gradebook=str(self.course / "gradebook.db"))
            self.write(name, answered(attack + answer))
        (self.folder("broken") / "attention.ipynb").write_text('{"cells": [', encoding="utf-8")
        (self.folder("linked") / "attention.ipynb").symlink_to(self.course / "gradebook.db")
        (self.folder("linked") / "notes.txt").symlink_to(self.course / "gradebook.db")
        (self.folder("late") / "timestamp.txt").write_text(LATE, encoding="utf-8")
        (self.folder("right") / "timestamp.txt").write_text(IN_TIME, encoding="utf-8")

    def folder(self, student: str) -> Path:
        """Return a student's folder."""
        made = self.course / "submitted" / student / "attention"
        made.mkdir(parents=True, exist_ok=True)
        return made

    def write(self, student: str, change: Callable[[list], list]) -> None:
        """Write the released notebook with its cells changed."""
        document = json.loads(json.dumps(self.released))
        document["cells"] = change(document["cells"])
        (self.folder(student) / "attention.ipynb").write_text(json.dumps(document), encoding="utf-8")


def code(text: str) -> dict:
    """Return a code cell without any of nbgrader's marks."""
    return {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}


def answered(text: str) -> Callable[[list], list]:
    """Return what puts an answer into the cell for it."""

    def change(cells: list) -> list:
        copy = json.loads(json.dumps(cells))
        next(cell for cell in copy if cell["metadata"].get("nbgrader", {}).get("solution"))["source"] = text
        return copy

    return change


def marks_forged(cells: list) -> list:
    """A right answer whose writer has played with every mark that nbgrader trusts, and with the teacher's browser."""
    cells = answered(RIGHT)(cells)
    graded = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]
    graded[0]["metadata"]["nbgrader"] |= {"points": 1000, "solution": True}
    graded[1]["metadata"]["nbgrader"] |= {"grade": False, "locked": "no"}
    graded[2]["metadata"]["nbgrader"] = "gone"
    graded[1] |= {"cell_type": "markdown"}
    script = "<script>document.title = 'taken'</script> [click](javascript:alert(1))\n\n### BEGIN HIDDEN TESTS"
    own = {"cell_type": "markdown", "source": script, "metadata": {"nbgrader": {"grade_id": "mine", "grade": True}}}
    return [*cells, own]


def tests_rewritten(cells: list) -> list:
    """A wrong answer whose graded cells say that it is right."""
    cells = answered(WRONG)(cells)
    for cell in cells:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["source"] = "20.0"
            cell["outputs"] = [
                {"output_type": "execute_result", "data": {"text/plain": "20.0"}, "metadata": {}, "execution_count": 1}
            ]
    return cells
