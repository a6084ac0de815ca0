"""The real command line, as a user's shell would run it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chapter10.course import folder, load_course


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def chapter10(tmp_path):
    """Run `chapter10 …` in a folder of its own."""

    def run(*arguments, cwd=None, env=None, timeout=120):
        done = subprocess.run(
            [sys.executable, "-m", "chapter10.cli.main", *map(str, arguments)],
            cwd=cwd or tmp_path,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def workspace(chapter10, tmp_path):
    """A fresh workspace."""
    root = tmp_path / "work"
    assert chapter10("start", root).code == 0
    return root


@pytest.fixture(scope="session")
def attention():
    return load_course()["attention"]


@pytest.fixture(scope="session")
def misconceptions() -> Path:
    return folder("solutions") / "misconceptions" / "attention"
