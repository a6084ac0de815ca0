"""The workflow that checks each student's repository on GitHub, as GitHub Classroom reads it.

https://github.com/classroom-resources/autograding-grading-reporter: the workflow must be called “Autograding Tests” and have
one job, `run-autograding-tests`; points are read from the notices “Autograding complete” and “Autograding report”. GitHub has
ended Classroom itself; the workflow needs none of its actions, and works in any repository.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from chapter10.errors import ExportError

PATH = ".github/workflows/classroom.yml"

_WORKFLOW = """\
# Made by `chapter10 export --format github`; lies in the students' repositories as {path}.
# It tells learners where they stand. A student can change it: grades come from `chapter10 grade`, on your own machine.
name: Autograding Tests
on: [push, workflow_dispatch]
permissions:
  checks: write
  actions: read
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    if: github.actor != 'github-classroom[bot]'
    timeout-minutes: 60
    steps:
      - name: Checkout code
        uses: actions/checkout@v4
      - name: Set up Python
        uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install chapter10
        env:
          PACKAGE: {package}
        run: |
          sudo apt-get install -y -qq bubblewrap libseccomp2
          pip install --quiet "$PACKAGE"
      - name: Check the exercises
        run: python -m chapter10.classroom.exports.on_github {exercises}
"""


def write(out: TextIO, exercises: Sequence[str], package: str) -> None:
    """Write the workflow.

    Args:
        out: where to.
        exercises: which ones are checked.
        package: what pip installs.

    Raises:
        ExportError: `package` is a file, which GitHub's runner does not have.
    """
    if Path(package).is_file():
        raise ExportError(f"{package} lies on this machine, not on GitHub's.", "Name a requirement or an address for pip.")
    quoted = "'" + package.replace("'", "''") + "'"  # a YAML string that takes everything literally
    out.write(_WORKFLOW.format(path=PATH, package=quoted, exercises=shlex.join(exercises)))
