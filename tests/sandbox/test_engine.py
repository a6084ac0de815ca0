"""The engine: a child that is lost is told from the others, and never costs the next one."""

import os
import signal
import stat
import sys

import pytest
import torch
from helpers import ONE, call, loaded

from chapter10.errors import EngineError
from chapter10.sandbox import outer
from chapter10.sandbox.engine import Engine
from chapter10.sandbox.link import ChildLost
from chapter10.sandbox.protocol import encode
from chapter10.sandbox.zygote import clear

FINE = "def f(x):\n    return x + 1\n"


def check(engine):
    child = loaded(engine, FINE)
    assert torch.equal(child.request(encode(call("f", ONE)), 30)["value"], ONE + 1)
    child.close()


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        ("import os\n    os._exit(3)", "exited", "exit status 3"),
        ("import os\n    os._exit(0)", "exited", "exit status 0"),
        ("import ctypes\n    ctypes.string_at(0)", "crashed", "SIGSEGV"),
        ("while True:\n        pass", "timeout", ""),
        ("import os\n    os.write(3, b'x' * 100)\n    return x", "protocol", "not a frame"),
        (
            "for _ in range(135):\n        threading.Thread(target=time.sleep, args=(9,)).start()\n    time.sleep(9)",
            "threads",
            "",
        ),
    ],
)
def test_a_lost_child(engine, body, reason, detail):
    text = f"import threading, time\nthreading.stack_size(65536)\ndef f(x):\n    {body}\n"
    child = loaded(engine, text)
    with pytest.raises(ChildLost) as lost:
        child.request(encode(call("f", ONE)), 1.5 if reason == "timeout" else 20)
    assert lost.value.reason == reason
    assert detail in lost.value.detail
    assert not child.alive
    with pytest.raises(ChildLost):
        child.ask([encode(call("f", ONE))], 1)
    with pytest.raises(ChildLost):
        child.answer(1)
    check(engine)


def test_memory_is_refused(engine):
    child = loaded(
        engine, "import torch\nkept = []\ndef f(x):\n    for _ in range(100):\n        kept.append(torch.ones(4 << 20))\n"
    )
    error = child.request(encode(call("f", ONE)), 60)["error"]
    child.close()
    assert "memory" in error["message"]
    check(engine)


def test_a_child_that_does_not_read(engine):
    child = loaded(engine, "import time\ndef f(x):\n    time.sleep(60)\n")
    child.ask([encode(call("f", ONE))], 5)
    with pytest.raises(ChildLost) as lost:
        child.ask([encode(call("f", torch.zeros(1 << 20)))], 0.3)
    assert lost.value.reason == "timeout"
    check(engine)


def test_answers_come_in_turn(engine):
    child = loaded(engine, "def f(x):\n    return x * 2\n")
    for number in range(5):
        child.ask([encode(call("f", torch.tensor(float(number))))], 5)
    assert child.pending == 5
    assert [float(child.answer(20)["value"]) for _ in range(5)] == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert child.pending == 0
    child.close()
    child.close()


def test_children_know_nothing_of_each_other(engine):
    one, two = (loaded(engine, "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)\n") for _ in range(2))
    assert [child.request(encode(call("f", ONE)), 20)["value"] for child in (one, two, one)] == [1, 1, 2]
    one.close()
    two.close()


def test_many_children_one_after_the_other(engine):
    for _ in range(20):
        check(engine)


def zygote_of(engine):
    """Return the process that forks the children: the parent of the spare one."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    children.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(entry))
            except OSError:
                continue
    process = engine._process.pid
    trail = [process]
    while process in children:
        process = max(children[process])
        trail.append(process)
    return trail[-2] if len(trail) > 1 else trail[0]


def test_no_folder_is_left():
    with Engine("none") as engine:
        check(engine)
        folder = engine._folder
        assert os.path.isdir(folder)
        os.kill(engine._process.pid, signal.SIGKILL)
    assert not os.path.exists(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_zygote_is_replaced():
    with Engine() as engine:
        check(engine)
        child = loaded(engine, FINE)
        os.kill(zygote_of(engine), signal.SIGKILL)
        with pytest.raises(ChildLost):
            for _ in range(1000):  # the child goes with it, a moment later
                child.request(encode(call("f", ONE)), 20)
        check(engine)


def test_bubblewrap_that_fails(tmp_path, monkeypatch):
    """Where bubblewrap is installed and does not work, the other walls are raised without it, and the reason is told."""
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho no namespaces for you >&2\nexit 1\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(outer, "find_bubblewrap", lambda: str(fake))
    with Engine() as engine:
        check(engine)
        assert "no namespaces for you" in engine.isolation.missing["bubblewrap"]


def test_bubblewrap_that_is_missing(monkeypatch):
    monkeypatch.setattr(outer, "find_bubblewrap", lambda: None)
    tried = []
    monkeypatch.setattr(Engine, "_launch", lambda self, bubblewrap: tried.append((bubblewrap, self._outer_missing)))
    Engine().start()
    assert tried == [(False, "bubblewrap is not installed (apt install bubblewrap)")]


def test_a_zygote_that_cannot_start(monkeypatch):
    monkeypatch.setattr(outer, "find_bubblewrap", lambda: None)
    monkeypatch.setattr(outer, "_BOOT", "raise SystemExit('no torch here')  # {path!r} {descriptor} {settings!r}")
    with Engine() as engine, pytest.raises(EngineError, match="no torch here"):
        engine.child()


def test_an_engine_that_was_never_used():
    Engine().close()
    with Engine():
        pass


def test_folders_are_cleared_away(tmp_path):
    """Whatever a submission has left behind: deep, closed, linked."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    folder = tmp_path / "own"
    place = folder / "a"
    place.mkdir(parents=True)
    home = os.getcwd()
    try:
        os.chdir(place)
        for _ in range(1100):
            os.mkdir("deep")
            os.chdir("deep")
        open("file", "w").close()
    finally:
        os.chdir(home)
    (folder / "link").symlink_to(outside)
    (folder / "closed").mkdir()
    (folder / "closed" / "inner").mkdir()
    (folder / "closed" / "inner").chmod(0)
    (folder / "closed").chmod(0o300)
    clear(str(folder))
    assert not folder.exists()
    assert (outside / "kept").exists()
    clear(str(folder))
