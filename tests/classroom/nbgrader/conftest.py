"""One course for all tests: laid out, generated, handed in, autograded and fed back by nbgrader's own commands."""

from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader_class import ATTENTION, DUE, Class, nbgrader

from chapter10.classroom.nbgrader.layout import lay_out


@pytest.fixture(scope="session")
def course(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("nbgrader") / "dl101"
    lay_out(root, [ATTENTION])
    nbgrader(root, "generate_assignment", "attention")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        book.update_or_create_assignment("attention", duedate=DUE)
    return root


@pytest.fixture(scope="session")
def graded(course) -> tuple[Path, str]:
    """The course after autograding, and what that has logged."""
    Class(course).hand_in()
    done = nbgrader(course, "autograde", "attention")
    nbgrader(course, "generate_feedback", "attention")
    return course, done.stderr
