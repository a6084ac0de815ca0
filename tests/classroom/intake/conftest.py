"""What the tests of the intake share: the course, the sample class, and a way to write folders and zips."""

import pytest
from intake_helpers import zip_of

from chapter10.classroom.roster import Roster
from chapter10.course import folder, load_course

SAMPLES = folder("fixtures") / "class"


@pytest.fixture(scope="session")
def course():
    return load_course()


@pytest.fixture(scope="session")
def samples():
    return SAMPLES


@pytest.fixture(scope="session")
def roster():
    return Roster.read(SAMPLES / "roster.csv")


@pytest.fixture
def write(tmp_path):
    """Write files below a folder called `class`, and return it."""

    def write(files):
        for name, data in files.items():
            path = tmp_path / "class" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return tmp_path / "class"

    return write


@pytest.fixture
def pack(tmp_path):
    """Write a zip called `class.zip`, from names or ZipInfo objects, and return it."""

    def pack(members):
        path = tmp_path / "class.zip"
        path.write_bytes(zip_of(members))
        return path

    return pack
