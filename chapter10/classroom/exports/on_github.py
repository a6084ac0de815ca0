"""What the workflow runs in a student's repository: `python -m chapter10.classroom.exports.on_github EXERCISE…`.

Prints the two notices that GitHub Classroom reads points from, and writes a summary of the run. Nothing of a learner's is
printed: the runner obeys lines of the output that look like commands to it.
"""

from __future__ import annotations

import html
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chapter10.classroom.exports.cells import number
from chapter10.classroom.exports.checking import check, ungraded
from chapter10.classroom.exports.feedback import test_lines
from chapter10.classroom.intake import read_student
from chapter10.course import Course, load_course
from chapter10.errors import Chapter10Error


def main(exercises: Sequence[str], repository: Path) -> int:
    """Check the exercises of a repository. Return 0 where all passed, 1 otherwise, 2 where it cannot be read."""
    course = load_course()
    try:
        verdicts = check_all(repository, course, exercises)
    except Chapter10Error as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 2
    earned, most = (sum(verdict[key] for verdict in verdicts) for key in ("points", "max_points"))
    print(f"::notice title=Autograding complete::Points {number(earned)}/{number(most)}")
    print(f"::notice title=Autograding report::{json.dumps({'totalPoints': earned, 'maxPoints': most})}")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with open(summary, "a", encoding="utf-8") as file:
            file.write(as_markdown(verdicts, course))
    return 0 if all(verdict["status"] == "pass" for verdict in verdicts) else 1


def check_all(repository: Path, course: Course, exercises: Sequence[str]) -> list[dict[str, Any]]:
    """Return a verdict for each exercise; an error verdict where there is no file. Raises IntakeError."""
    found = {found.exercise: found for found in read_student(repository, course, "repository").found}
    return [
        check(name, found[name].filename, found[name].data)
        if name in found
        else ungraded(name, f"There is no {name}.py and no {name}.ipynb that can be graded.")
        for name in exercises
    ]


def as_markdown(verdicts: Sequence[dict[str, Any]], course: Course) -> str:
    """Return a table of the exercises, and below it what each test says."""
    rows = ["| exercise | result | points |", "|---|---|---|"]
    details = []
    for verdict in verdicts:
        title = course[verdict["exercise"]].title
        rows.append(f"| {title} | {verdict['status']} | {number(verdict['points'])}/{number(verdict['max_points'])} |")
        lines = "\n".join(html.escape(line) for line in test_lines(verdict))
        details += [f"\n### {title}\n", f"<pre>\n{lines}\n</pre>\n"] if lines else []
    return "\n".join([*rows, *details]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
