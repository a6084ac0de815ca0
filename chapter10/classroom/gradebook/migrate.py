"""Versions of the gradebook's tables: a new gradebook is made, an old one brought up to date, anything else refused.

The steps are Alembic's, in `migrations/versions/`. Alembic itself is imported only where there is something to do.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from chapter10.classroom.gradebook.database import BUSY_SECONDS
from chapter10.classroom.gradebook.models import Base
from chapter10.errors import GradebookError

MIGRATIONS = Path(__file__).with_name("migrations")
REVISIONS = ("0001", "0002")  # of migrations/versions, the earliest first; the last one is what models.py describes
VERSION_TABLE = "chapter10_gradebook"  # its presence tells a gradebook from any other database
_FOREIGN = "is no gradebook; it has not been touched"


def check_version(path: Path) -> None:
    """Refuse an SQLite file that is no gradebook, or a later version's, without writing a byte to it.

    Raises:
        GradebookError: it is one of these.
    """
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            versions = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}") if VERSION_TABLE in tables else []
            found = [version for (version,) in versions]
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                return  # another command makes it just now: wait for it with the patience of an ordinary connection
            raise GradebookError(f"{path} {_FOREIGN}: {error}.", "Name another file: `--gradebook FILE`.") from error
    if tables and not found:
        raise GradebookError(f"{path} {_FOREIGN}.", "Name another file: `--gradebook FILE`.")
    _check_known(found[0] if found else None, str(path))


def bring_up_to_date(engine: Engine, create: bool, path: Path | None) -> None:
    """Make the tables where there are none and `create` allows it; add to those of an earlier version what they lack.

    Args:
        engine: of the database.
        create: whether to make a gradebook.
        path: its file, where it is SQLite's: a copy is put beside it before an old one is changed.

    Raises:
        GradebookError: there is no gradebook, or it is a later version's, or its names are taken.
    """
    name = str(path or engine.url.render_as_string(hide_password=True))
    version = _version(engine, name)
    if version == REVISIONS[-1]:
        return
    if version is None and not create:
        raise GradebookError(f"There is no gradebook in {name}.", "`chapter10 grade SUBMISSIONS --gradebook …` makes one.")
    _check_known(version, name)
    if path is not None and version is not None:
        _back_up(path, version)
    if path is not None:
        with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")  # kept in the file: readers never wait for a writer
    _upgrade(engine)


def _version(engine: Engine, name: str) -> str | None:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if VERSION_TABLE in tables:
            return connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    taken = sorted(tables & set(Base.metadata.tables))
    if taken:
        raise GradebookError(
            f"{name} has tables of something else: {', '.join(taken)}.", "Make a database of its own for the gradebook."
        )
    return None


def _check_known(version: str | None, name: str) -> None:
    if version is not None and version not in REVISIONS:
        raise GradebookError(
            f"{name} was written by a later version of chapter10 (tables {version}; this one knows {REVISIONS[-1]}).",
            "Update it: `pip install --upgrade chapter10`.",
        )


def _back_up(path: Path, version: str) -> None:
    """Copy a gradebook as it is, whole or not at all."""
    target = path.with_name(f"{path.name}.backup-{version}-{time.strftime('%Y%m%dT%H%M%S')}")
    part = target.with_name(f".{target.name}.part")
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    os.replace(part, target)


def _upgrade(engine: Engine, revision: str = "head") -> None:
    """Take all steps up to `revision` in one transaction: a kill leaves the gradebook as it was."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.execution_options(writing=True).begin() as connection, _quiet():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Alembic's "Running upgrade" lines out of what the commands print."""
    import logging

    logger = logging.getLogger("alembic")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
