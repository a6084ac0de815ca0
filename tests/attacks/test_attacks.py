"""Every hostile submission of the corpus, graded by the real engine in one session, and what must be true afterwards.

The first lines of a submission (`tests/attacks/<category>/<name>.py`) say what it tries, whether its code deserves to pass
(`Expect:`), and which words the verdict owes the reader (`Says:`, a regular expression). A submission prints `BROKE OUT:
…` when a wall gave way.
"""

import json
import os
import re
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chapter10.course import load_course
from chapter10.grading.session import Grader, open_session
from chapter10.sandbox.limits import Deadlines

HERE = Path(__file__).parent
CORPUS = sorted(HERE.glob("*/*.py"))
HONEST = """
import math
import torch

def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return torch.softmax(scores, dim=-1) @ value
"""
DEADLINES = Deadlines(load=4.0, call=1.2, total=16.0)
MARKS = ("c10-attack*", "sitecustomize.py", "torch.py", "conftest.py")  # what the corpus tries to leave behind
PLACES = ("~", "/tmp", "/var/tmp", "/dev/shm", "/home", "/", "/work")
PORT = 48763


@dataclass
class Graded:
    """What came of one submission."""

    status: str
    points: float
    texts: list[str]
    output: str
    document: str
    honest: float  # the share of the points that the honest submission after it got
    outside: dict[str, object]
    lingering: list[int]
    seconds: float
    errors: list[str] = field(default_factory=list)


def descendants(root: int) -> list[int]:
    """Return the processes below `root`, by /proc."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parents[int(entry)] = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found, edge = [], [root]
    while edge:
        parent = edge.pop()
        children = [process for process, its_parent in parents.items() if its_parent == parent]
        found += children
        edge += children
    return found


def listening() -> bool:
    """Say whether the corpus' port or its abstract socket is open."""
    ports = "".join(Path(f"/proc/net/{name}").read_text() for name in ("tcp", "tcp6") if Path(f"/proc/net/{name}").exists())
    return f":{PORT:04X} " in ports or "c10-attack" in Path("/proc/net/unix").read_text()


class Sentinels:
    """Files outside the walls, which no submission may read or change."""

    def __init__(self, folders: list[Path]) -> None:
        self.folders = folders
        for folder in folders:
            (folder / "inner").mkdir(parents=True)
            (folder / "secret.txt").write_text(f"secret of {folder}")
            (folder / "inner" / "secret.txt").write_text("secret")

    def snapshot(self) -> dict[str, object]:
        """Return all that an escape would change."""
        seen: dict[str, object] = {"listening": listening()}
        for folder in self.folders:
            for path in sorted([folder, *folder.rglob("*")]):
                state = path.stat()
                content = path.read_bytes() if path.is_file() else b""
                seen[str(path)] = (state.st_mode, state.st_uid, state.st_mtime_ns, content)
        for place in (*PLACES, os.getcwd(), os.path.dirname(os.__file__), os.path.dirname(pytest.__file__)):
            for mark in MARKS:
                for path in Path(place).expanduser().glob(mark):
                    seen[str(path)] = path.stat().st_mtime_ns
        return seen


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory):
    token = os.urandom(4).hex()
    folders = [Path(place).expanduser() / f"chapter10-sentinel-{token}" for place in ("~", "/tmp")]
    guard = Sentinels([*folders, tmp_path_factory.mktemp("outside") / f"chapter10-sentinel-{token}"])
    yield guard
    for folder in guard.folders:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()


@pytest.fixture(scope="module")
def graded(request, engine, sentinels):
    """Grade the submissions that are asked for, one after the other, each followed by an honest one."""
    exercise = load_course()["attention"]
    items = [item for item in request.session.items if item.path == Path(__file__) and hasattr(item, "callspec")]
    wanted = [item.callspec.params["path"] for item in items]
    found = {}

    def body(grader: Grader) -> None:
        assert grader.grade(exercise, HONEST).status == "pass"
        for path in dict.fromkeys(wanted):
            found[path] = one(grader, path)

    def one(grader: Grader, path: Path) -> Graded:
        before, started = sentinels.snapshot(), time.monotonic()
        verdict = grader.grade(exercise, path.read_text())
        seconds = time.monotonic() - started
        honest = grader.grade(exercise, HONEST)
        after = sentinels.snapshot()
        texts = [f"{test.message} {test.help}" for test in verdict.tests] + [flag.detail for flag in verdict.flags]
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        return Graded(
            verdict.status,
            verdict.points,
            texts,
            verdict.output,
            json.dumps(verdict.as_dict(), allow_nan=False, ensure_ascii=False),
            honest.points / honest.max_points,
            {name: after.get(name) for name in changed},
            extra(engine),
            seconds,
            [test.message for test in verdict.tests if test.status == "error"],
        )

    os.environ["CHAPTER10_TEST_SECRET"] = "must not be seen"
    try:
        open_session([exercise], body, engine=engine, deadlines=DEADLINES)
    finally:
        del os.environ["CHAPTER10_TEST_SECRET"]
    return found


def extra(engine) -> list[int]:
    """Return the processes of the engine, when there are more than there should be a moment after a grading."""
    most = 4 if engine._outer else 2  # bubblewrap's first process, the zygote, one that waits for it, and one spare child
    deadline = time.monotonic() + 5
    while len(processes := descendants(engine._process.pid)) > most:
        if time.monotonic() > deadline:
            return processes
        time.sleep(0.02)
    return []


def _expectation(path: Path) -> tuple[str, str]:
    text = path.read_text()
    says = re.search(r"^Says: (.*)$", text, re.MULTILINE)
    return re.search(r"^Expect: (pass|fail)$", text, re.MULTILINE)[1], says[1] if says else ""


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_attack(path, graded):
    expect, says = _expectation(path)
    result = graded[path]
    assert not result.errors, "the grader itself stumbled"
    assert result.status == expect, result.texts
    assert "BROKE OUT" not in result.output
    assert not result.outside, "something outside has changed"
    assert not result.lingering, "a process is left"
    assert result.honest == 1.0, "the next submission has suffered"
    if says:
        assert any(re.search(says, text, re.IGNORECASE) for text in result.texts), result.texts
    result.document.encode()  # whatever was printed can be written to a file, and cannot steer a terminal
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", result.output + "".join(result.texts))
    assert result.seconds < DEADLINES.total + 15


def test_nothing_outlives_the_engine():
    """The process tree is gone as soon as the engine is closed."""
    from chapter10.sandbox.engine import Engine

    with Engine() as engine:
        child = engine.child()
        assert child.alive
        root = engine._process.pid
        processes = [root, *descendants(root)]
        assert len(processes) > 1
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < deadline, "a process has outlived its engine"
        time.sleep(0.02)


def test_listening_is_seen():
    """The check for open ports sees one."""
    with socket.create_server(("127.0.0.1", PORT)):
        assert listening()
    assert not listening()
