"""Control groups, on a folder that stands in for the system's; and on the real thing where one is delegated."""

import os

import pytest

from chapter10.sandbox import cgroup
from chapter10.sandbox.cgroup import Group, NotDelegated
from chapter10.sandbox.engine import Engine, family


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A folder with the files of a cgroup that is ours; files appear in new groups when they are written."""
    own = tmp_path / "user" / "scope"
    own.mkdir(parents=True)
    for name, text in (("cgroup.procs", ""), ("cgroup.controllers", "cpu memory pids"), ("cgroup.subtree_control", "")):
        (own / name).write_text(text)
    (tmp_path / "who").write_text("4:memory:/old\n0::/user/scope\n")
    monkeypatch.setattr(cgroup, "ROOT", tmp_path)
    monkeypatch.setattr(cgroup, "WHO", tmp_path / "who")
    return own


def test_a_group_gets_its_limits_and_its_processes(system):
    group = Group.make(memory=1 << 30, processes=64)
    group.add(1234)
    assert group.path.parent == system
    limits = {path.name: path.read_text() for path in group.path.iterdir()}
    assert limits == {"memory.max": str(1 << 30), "memory.swap.max": "0", "pids.max": "64", "cgroup.procs": "1234"}
    assert (system / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert (system / f"chapter10-{os.getpid()}" / "cgroup.procs").read_text() == str(os.getpid()), (
        "no process in an inner group"
    )


def test_what_is_divided_already_stays_as_it_is(system):
    (system / "cgroup.subtree_control").write_text("memory pids")
    Group.make(memory=1 << 30, processes=64)
    assert not (system / f"chapter10-{os.getpid()}").exists()


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("who", "4:memory:/old\n", "delegated"),
        ("who", "0::/elsewhere\n", "delegated"),
        ("user/scope/cgroup.controllers", "cpu", "memory"),
    ],
)
def test_without_delegation_there_is_a_reason(system, tmp_path, file, text, reason):
    (tmp_path / file).write_text(text)
    with pytest.raises(NotDelegated, match=reason):
        Group.make(memory=1 << 30, processes=64)


def test_an_engine_without_a_group_says_why(engine):
    engine.child().close()
    isolation = engine.isolation
    assert ("control group" in isolation.raised) != bool(isolation.missing.get("control group"))


def test_an_engine_puts_its_zygote_into_the_group(system):
    with Engine() as engine:
        engine.child().close()
        group = engine._group.path
        assert int((group / "cgroup.procs").read_text()) in family(engine._process.pid)
        assert "control group" in engine.isolation.raised
    assert not (group / "cgroup.kill").exists() or (group / "cgroup.kill").read_text() == "1"
