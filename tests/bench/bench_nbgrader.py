"""`nbgrader autograde` with chapter10's preprocessor against nbgrader's own Execute, on the same submissions in one run.

    python tests/bench/bench_nbgrader.py

Both are nbgrader's command in a process of its own, in turn; the times are those of its log. What the first submission takes is
left out: it waits for the start. nbgrader as it comes runs four plain assertions in the graded cells; chapter10 runs the whole
suite behind its walls.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from chapter10.course import load_course

EXERCISE = load_course()["attention"]
OURS, THEIRS = "chapter10", "nbgrader alone"
PLAIN = {
    "attention-values": """
import math
from torch.testing import assert_close

def expected(q, k, v, mask=None):
    s = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    return (s if mask is None else s.masked_fill(mask == 0, -math.inf)).softmax(-1) @ v

inputs = torch.randn(2, 3, 4), torch.randn(2, 5, 4), torch.randn(2, 5, 6)
assert_close(attention(*inputs), expected(*inputs))
""",
    "attention-gradients": """
q, k, v = (t.requires_grad_() for t in inputs)
assert_close(torch.autograd.grad(attention(q, k, v).sum(), q), torch.autograd.grad(expected(q, k, v).sum(), q))
""",
    "attention-properties": """
assert attention(*inputs).shape == (2, 3, 6)
mask = torch.ones(3, 5).tril()
assert_close(attention(*inputs, mask), expected(*inputs, mask))
""",
}


def run(course: Path, *command: str) -> str:
    """Run a command in a course; return what it logs. Raises CalledProcessError when it fails."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = (sys.executable, "-m", *command)
    return subprocess.run(command, cwd=course, env=environment, check=True, capture_output=True, text=True).stderr


def autograde(course: Path) -> list[float]:
    """Grade a course; return the seconds that each submission took, without the first."""
    log = run(course, "nbgrader", "autograde", EXERCISE.id, "--force", "--Application.log_format=%(created)f %(message)s")
    begun = [float(line.split()[0]) for line in log.splitlines() if "updating student with ID" in line]
    return [end - start for start, end in itertools.pairwise(begun)][1:]


def make(root: Path, submissions: int) -> dict[str, Path]:
    """Lay out both courses, with the same submissions in each."""
    courses = {OURS: root / "ours", THEIRS: root / "theirs"}
    for name, course in courses.items():
        run(root, "chapter10.cli.main", "nbgrader", "init", str(course), EXERCISE.id)
        if name == THEIRS:
            (course / "nbgrader_config.py").write_text('get_config().ClearSolutions.code_stub = {"python": ""}\n')
            plain_tests(course / f"source/{EXERCISE.id}/{EXERCISE.id}.ipynb")
        run(course, "nbgrader", "generate_assignment", EXERCISE.id)
    released = courses[OURS] / f"release/{EXERCISE.id}/{EXERCISE.id}.ipynb"
    document = json.loads(released.read_text(encoding="utf-8"))
    answer = next(cell for cell in document["cells"] if cell["metadata"].get("nbgrader", {}).get("solution"))
    answer["source"] = EXERCISE.solution.read_text(encoding="utf-8")
    for course in courses.values():
        for number in range(submissions):
            folder = course / "submitted" / f"student{number}" / EXERCISE.id
            folder.mkdir(parents=True)
            (folder / f"{EXERCISE.id}.ipynb").write_text(json.dumps(document), encoding="utf-8")
    return courses


def plain_tests(path: Path) -> None:
    """Put plain assertions into the graded cells."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        cell["source"] = PLAIN.get(cell["metadata"].get("nbgrader", {}).get("grade_id", ""), cell["source"])
    path.write_text(json.dumps(document), encoding="utf-8")


def full_marks(course: Path, students: int) -> None:
    """Make sure that everybody was graded, and right."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        scores = [submission.score for submission in book.assignment_submissions(EXERCISE.id)]
    assert scores == [20.0] * students, scores


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--submissions", type=int, default=8)
    arguments = parser.parse_args()
    rounds: dict[str, list[float]] = {OURS: [], THEIRS: []}
    with tempfile.TemporaryDirectory() as folder:
        courses = make(Path(folder), arguments.submissions)
        for _ in range(arguments.rounds):
            for name, course in courses.items():
                rounds[name].append(statistics.median(autograde(course)))
        for course in courses.values():
            full_marks(course, arguments.submissions)
    for name, seconds in rounds.items():
        print(f"{name:<16} {statistics.median(seconds) * 1000:8.0f} ms a submission")
    ratio = statistics.median(theirs / ours for ours, theirs in zip(rounds[OURS], rounds[THEIRS], strict=True))
    print(f"{ratio:.1f} × faster a submission, start-up apart (≥ 20)")


if __name__ == "__main__":
    main()
