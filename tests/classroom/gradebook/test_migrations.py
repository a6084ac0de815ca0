"""Versions of the tables, and files that are no gradebooks."""

import hashlib
import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from gradebook_samples import small_class
from sqlalchemy import text

from chapter10.classroom.gradebook import database, migrate
from chapter10.classroom.gradebook.models import Base
from chapter10.classroom.gradebook.store import Gradebook
from chapter10.course import load_course
from chapter10.errors import GradebookError


def contents(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def make_old(place):
    """Make a gradebook of the first version, with a student and a file in it."""
    engine = database.connect(database.address(place))
    migrate._upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO students (key, name, email, section, ids) VALUES ('ada', 'Ada', '', '', '{}')"))
        connection.execute(
            text(
                "INSERT INTO submissions (student_id, exercise, filename, origin, sha256, data, late, received_at)"
                " VALUES (1, 'attention', 'attention.py', 'class.zip', 'abc', '', :no, '2026-01-01 00:00:00')"
            ),
            {"no": False},
        )
    engine.dispose()


def test_the_migrations_make_what_the_models_describe(gradebook):
    with gradebook._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrate.VERSION_TABLE})
        assert compare_metadata(context, Base.metadata) == []


def test_the_versions_known_are_those_that_are_there():
    scripts = ScriptDirectory(str(migrate.MIGRATIONS)).walk_revisions()
    assert [script.revision for script in scripts] == list(reversed(migrate.REVISIONS))


def test_an_old_gradebook_is_brought_up_to_date_with_all_that_is_in_it(place):
    make_old(place)
    with Gradebook.open(place) as gradebook:
        view = gradebook.view(load_course())
        assert [(cell.student.key, cell.status) for cell in view.column("attention")] == [("ada", "ungraded")]
        gradebook.add(small_class())


def test_a_copy_of_an_old_gradebook_is_kept(tmp_path):
    make_old(tmp_path / "class.db")
    with Gradebook.open(tmp_path / "class.db"):
        (copy,) = tmp_path.glob("class.db.backup-0001-*")
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT key FROM students").fetchall() == [("ada",)]
        assert connection.execute(f"SELECT version_num FROM {migrate.VERSION_TABLE}").fetchall() == [("0001",)]
    connection.close()
    with Gradebook.open(tmp_path / "class.db"):
        assert len(list(tmp_path.glob("*.backup-*"))) == 1


def test_a_later_gradebook_is_refused_and_stays_as_it_is(place):
    with Gradebook.open(place, create=True) as gradebook, gradebook.writing() as session:
        session.execute(text(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(GradebookError, match="later version of chapter10") as raised, Gradebook.open(place, create=True):
        pass
    assert "pip install --upgrade" in raised.value.hint


def test_a_database_of_something_else_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "photos.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    connection.close()
    before = contents(tmp_path)
    for create in (False, True):
        with pytest.raises(GradebookError, match="is no gradebook; it has not been touched"), Gradebook.open(path, create):
            pass
    assert contents(tmp_path) == before


@pytest.mark.parametrize("bytes_there", [b"hello\n", b"", b"SQLite format 3\0" + b"garbage" * 500])
def test_a_file_of_another_kind_is_refused_and_not_touched(tmp_path, bytes_there):
    path = tmp_path / "notes.txt"
    path.write_bytes(bytes_there)
    with pytest.raises(GradebookError, match="no gradebook"), Gradebook.open(path):
        pass
    assert path.read_bytes() == bytes_there


def test_what_is_not_there_is_made_only_when_asked(tmp_path):
    with pytest.raises(GradebookError, match="There is no gradebook") as raised, Gradebook.open(tmp_path / "class.db"):
        pass
    assert "chapter10 grade" in raised.value.hint
    with pytest.raises(GradebookError, match="There is no folder"), Gradebook.open(tmp_path / "no" / "class.db", create=True):
        pass
    with pytest.raises(GradebookError, match="is a folder"), Gradebook.open(tmp_path, create=True):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_that_a_killed_run_left_becomes_a_gradebook(tmp_path):
    path = tmp_path / "class.db"
    path.touch()
    with Gradebook.open(path, create=True) as gradebook:
        assert gradebook.add(small_class()).new == 3


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_tables_of_others_with_the_same_names_are_left_alone(place):
    engine = database.connect(database.address(place))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE students (id INTEGER)"))
    engine.dispose()
    with pytest.raises(GradebookError, match="has tables of something else: students"), Gradebook.open(place, create=True):
        pass
