"""What goes wrong with databases, said in plain words."""

import sqlite3

import pytest
from gradebook_samples import found, small_class
from sqlalchemy import event

from chapter10.classroom.found import Intake
from chapter10.classroom.gradebook import database
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import load_course
from chapter10.errors import GradebookError


def with_pragma(gradebook, pragma):
    """Let every connection from now on begin with a pragma."""
    event.listen(gradebook._engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))
    gradebook._engine.dispose()


def test_commits_outlive_a_power_cut_and_readers_never_wait(tmp_path):
    with Gradebook.open(tmp_path / "class.db", create=True) as gradebook, gradebook.session() as session:
        pragmas = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_full_disk_keeps_what_is_committed(tmp_path):
    path = tmp_path / "class.db"
    with Gradebook.open(path, create=True) as gradebook:
        gradebook.add(small_class())
    with pytest.raises(GradebookError, match="the disk is full") as raised, Gradebook.open(path) as gradebook:
        with_pragma(gradebook, "max_page_count=30")
        gradebook.add(Intake("folders", [found("eve", data=b"x" * 1_000_000)]))
    assert "goes on where it stopped" in raised.value.hint
    with Gradebook.open(path) as gradebook:
        cells = gradebook.view(load_course()).cells
        assert (cells["ada", "attention"].status, cells["eve", "attention"].status) == ("ungraded", "missing")


def test_a_read_only_gradebook_says_so(tmp_path):
    with pytest.raises(GradebookError, match="read-only"), Gradebook.open(tmp_path / "class.db", create=True) as gradebook:
        with_pragma(gradebook, "query_only=ON")
        gradebook.add(small_class())


def test_another_writer_is_waited_for_and_then_named(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    path = tmp_path / "class.db"
    with Gradebook.open(path, create=True):
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    with pytest.raises(GradebookError, match="in use by another command"), Gradebook.open(path) as gradebook:
        assert gradebook.view is not None
        gradebook.add(small_class())
    other.close()


def test_a_damaged_file_says_so(tmp_path):
    path = tmp_path / "class.db"
    with Gradebook.open(path, create=True) as gradebook:
        gradebook.add(Intake("folders", [found(f"s{number}", data=b"x" * 3000) for number in range(60)]))
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (path.stat().st_size - 8192))
    with pytest.raises(GradebookError, match=r"is damaged|is no gradebook"), Gradebook.open(path) as gradebook:
        gradebook.add(Intake("folders", [found(f"s{number}") for number in range(60)]))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("nonsense://", "no database URL|no driver here for nonsense"),
        ("oracle+nothing://host/name", "no driver here for oracle"),
        ("postgresql://host:port/name", "no database URL"),
        ("postgresql://tester@/class?host=/nowhere", "cannot be used|cannot be reached|is not there"),
    ],
)
def test_an_address_that_leads_nowhere(place, words):
    with pytest.raises(GradebookError, match=words), Gradebook.open(place, create=True):
        pass


def test_a_password_is_never_shown():
    with pytest.raises(GradebookError) as raised, Gradebook.open("postgresql://tester:secret@localhost:1/class"):
        pass
    assert "cannot be reached" in raised.value.message
    assert "secret" not in raised.value.message + raised.value.hint


def test_a_database_that_the_server_does_not_have(server):
    with pytest.raises(GradebookError, match="is not there") as raised, Gradebook.open(server("nothing"), create=True):
        pass
    assert "createdb" in raised.value.hint
