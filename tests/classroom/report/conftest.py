"""The report of the class, with names and without."""

from pathlib import Path

import graded_class
import pytest


@pytest.fixture(scope="session")
def course():
    return graded_class.COURSE


@pytest.fixture(scope="session")
def written(class_db, tmp_path_factory):
    """The report of that class: its folder, and the summary."""
    folder = tmp_path_factory.mktemp("report") / "report"
    return folder, graded_class.write(class_db, folder)


@pytest.fixture(scope="session")
def report(written) -> Path:
    return written[0]


@pytest.fixture(scope="session")
def summary(written):
    return written[1]


@pytest.fixture(scope="session")
def anonymous(class_db, tmp_path_factory) -> Path:
    """The same class without names."""
    folder = tmp_path_factory.mktemp("anonymous") / "report"
    graded_class.write(class_db, folder, anonymous=True)
    return folder
