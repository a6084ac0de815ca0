"""What the tests share: one warm engine for all that run in a process, and how they are spread over processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chapter10.sandbox.engine import Engine
from chapter10.sandbox.limits import Limits


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A warm engine whose limits are reached soon."""
    with Engine(limits=Limits(memory=384 << 20, cpu=60)) as warm:
        yield warm


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str
    cwd: Path

    @property
    def document(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def command_line() -> Callable[..., Ran]:
    """Run `chapter10 …` in the folder `cwd`, as a user's shell would; capital letters name the environment."""

    def run(*arguments: Any, cwd: Path, timeout: float = 120, **env: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "chapter10.cli.main", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **env},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Ran(done.returncode, done.stdout, done.stderr, cwd)

    return run


@pytest.fixture
def chapter10(command_line: Callable[..., Ran], tmp_path: Path) -> Callable[..., Ran]:
    """Run `chapter10 …` in a folder of its own; `cwd` names another one, capital letters the environment."""

    def run(
        *arguments: Any, cwd: Path | None = None, env: dict[str, str] | None = None, timeout: float = 120, **more: str
    ) -> Ran:
        return command_line(*arguments, cwd=cwd or tmp_path, timeout=timeout, **(env or {}), **more)

    return run


TOGETHER = ("nbgrader", "report")  # folders whose tests share something that takes long to make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep in one process (`-n auto --dist loadgroup`) what shares fixtures: a file's tests, or a whole folder's."""
    for item in items:
        folder = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else item.nodeid.partition("::")[0]))
