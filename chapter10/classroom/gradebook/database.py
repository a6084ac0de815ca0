"""Connections to a gradebook: where it is, how SQLite is set up, and what goes wrong in plain words."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from chapter10.errors import GradebookError

BUSY_SECONDS = 30.0  # so long a command waits for another one that is writing
_HEADER = b"SQLite format 3\0"
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}

# What a database says (SQLite's words, then PostgreSQL's), and what to tell the instructor.
_TROUBLES = {
    "is locked": ("is in use by another command that is writing", "Wait until it has ended, then repeat this one."),
    "readonly database": ("cannot be written: it, or its folder, is read-only", "Copy it elsewhere, or ask for write access."),
    "unable to open": ("cannot be opened", "Is the folder there, and may you write in it? SQLite needs files beside it."),
    "disk is full": ("cannot be written: the disk is full", "Make room, then repeat the command: it goes on where it stopped."),
    "disk i/o error": ("cannot be read or written: the disk fails, or is full", "Repeat it on another disk, with a copy."),
    "malformed": ("is damaged", "Take the latest copy of it (`*.backup-*` beside it), or grade into a new one."),
    "not a database": ("is no gradebook", "Name another file: `--gradebook FILE`."),
    "no space left": ("cannot be written: the server's disk is full", "Make room there, then repeat the command."),
    "connection refused": ("cannot be reached: nothing listens there", "Is the database server running?"),
    "authentication failed": ("cannot be reached: name or password is wrong", "Put both right in the URL."),
    "does not exist": ("is not there", "Make the database on the server first: `createdb NAME`."),
    "permission denied": ("may not be used by this user", "Ask for the right to make and change tables."),
}


def address(where: str | Path) -> URL:
    """Return the URL of a gradebook: a SQLAlchemy URL as it is, anything else as the path of an SQLite file.

    Raises:
        GradebookError: it looks like a URL and is none.
    """
    if "://" not in str(where):
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(str(where))
    except (ArgumentError, ValueError):
        raise GradebookError(f"{where} is no database URL.", "Name a file, or a URL such as postgresql://HOST/NAME.") from None
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def sqlite_file(url: URL) -> Path | None:
    """Return the file that an SQLite URL names, None for another database or one in memory."""
    in_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if in_file else None


def check_file(path: Path, create: bool) -> None:
    """Refuse, before anything touches it, a path that no gradebook can be at.

    Raises:
        GradebookError: it is missing (unless `create`), a folder, or a file of another kind.
    """
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except FileNotFoundError:
        if create and path.parent.is_dir():
            return
        what = f"There is no folder {path.parent}" if create else f"There is no gradebook {path}"
        raise GradebookError(f"{what}.", "`chapter10 grade SUBMISSIONS --gradebook FILE` makes a gradebook.") from None
    except IsADirectoryError:
        raise GradebookError(f"{path} is a folder, not a gradebook.", "Name a file in it: `--gradebook FILE`.") from None
    except OSError as error:
        raise GradebookError(f"{path} cannot be read: {error.strerror}.") from error
    if header != _HEADER and (header or not create):  # an empty file is what a run leaves that is killed at its very start
        raise GradebookError(f"{path} is no gradebook; it has not been touched.", "Name another file: `--gradebook FILE`.")


def connect(url: URL) -> Engine:
    """Return SQLAlchemy's engine for a gradebook; nothing is opened yet.

    Raises:
        GradebookError: there is no driver for such a database.
    """
    options: dict[str, Any] = {"json_serializer": partial(json.dumps, ensure_ascii=True, allow_nan=False)}
    if url.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": BUSY_SECONDS}
    try:
        engine = create_engine(url, **options)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise GradebookError(f"There is no driver here for {url.drivername}: {error}.", "Install it with pip.") from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # Python's own idea of transactions leaves out CREATE TABLE; `_begin` opens them
    connection.execute("PRAGMA synchronous=FULL")  # a commit outlives a power cut
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    """Take the writer's lock at the beginning: a reader that becomes a writer midway would not wait but fail."""
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextlib.contextmanager
def plain_words(url: URL) -> Iterator[None]:
    """Turn what a database raises in the body into a GradebookError that says what to do."""
    try:
        yield
    except DBAPIError as error:
        name = sqlite_file(url) or url.render_as_string(hide_password=True)
        said = str(error.orig)
        for words, (trouble, hint) in _TROUBLES.items():
            if words in said.lower():
                raise GradebookError(f"The gradebook {name} {trouble}.", hint) from error
        if not isinstance(error, OperationalError):
            raise  # not the database's trouble
        raise GradebookError(f"The gradebook {name} cannot be used: {said.strip()}.") from error
