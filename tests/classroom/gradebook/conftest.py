"""Gradebooks to test with: SQLite, and a PostgreSQL server that the tests start."""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from chapter10.classroom.gradebook.store import Gradebook


def _postgresql(program):
    """Return where a program of PostgreSQL is; Debian keeps them out of PATH."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return shutil.which(program) or (str(newest[-1]) if newest else None)


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL server without TCP; returns the URL of a database by name."""
    initdb, postgres = _postgresql("initdb"), _postgresql("postgres")
    if not (initdb and postgres):
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()  # it refuses to run as root
    folder = tempfile.mkdtemp(prefix="chapter10-pg-", dir="/tmp")  # a socket's path must be short
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    data = f"{folder}/data"
    as_user = {"user": user} if os.geteuid() == 0 else {}
    setup = [initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
    subprocess.run(setup, check=True, capture_output=True, cwd=folder, **as_user)
    options = ["-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=8MB"]
    process = subprocess.Popen([postgres, "-D", data, *options], stderr=subprocess.DEVNULL, cwd=folder, **as_user)
    try:
        _wait_for(f"postgresql+psycopg://tester@/postgres?host={folder}")
        yield lambda name: f"postgresql://tester@/{name}?host={folder}"
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url):
    engine = create_engine(url)
    for attempt in range(300):
        try:
            engine.connect().close()
            break
        except OperationalError:
            assert attempt < 299, "PostgreSQL does not start"
            time.sleep(0.1)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where a new gradebook can be made, on each database."""
    if request.param == "sqlite":
        return str(tmp_path / "class.db")
    url = request.getfixturevalue("server")
    name = f"class_{uuid.uuid4().hex}"
    admin = create_engine(url("postgres").replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return url(name)


@pytest.fixture
def gradebook(place):
    """An open, empty gradebook."""
    with Gradebook.open(place, create=True) as made:
        yield made
