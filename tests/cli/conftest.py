"""The real command line, as a user's shell would run it."""

from pathlib import Path

import pytest

from chapter10.course import folder, load_course


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
