"""Each lab runs once through the real command line, in `--quick`, and is looked at from many sides."""

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Ran:
    code: int
    out: str
    err: str
    cwd: Path

    @property
    def document(self):
        return json.loads(self.out)

    def file(self, name, suffix):
        return self.cwd / "lab-results" / name / f"{name}.{suffix}"


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Run `chapter10 …` in a folder of its own."""

    def command(*arguments, cwd=None, **env):
        folder = cwd or tmp_path_factory.mktemp("lab")
        done = subprocess.run(
            [sys.executable, "-m", "chapter10.cli.main", *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **env},
            capture_output=True,
            text=True,
            timeout=200,
        )
        return Ran(done.returncode, done.stdout, done.stderr, folder)

    return command


@pytest.fixture(scope="session")
def lab(run):
    """A lab's quick run with the reference, made once."""
    return functools.cache(lambda name: run("lab", name, "--quick", "--json"))
