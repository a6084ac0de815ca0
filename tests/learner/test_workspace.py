"""Workspaces: finding, progress under concurrency and damage, reading odd files."""

import threading

import pytest
from chapter10.course import load_course
from chapter10.errors import WorkspaceError
from chapter10.learner.workspace import MARKER, Workspace, read_source


@pytest.fixture
def workspace(tmp_path):
    return Workspace.create(tmp_path, load_course())[0]


def test_found_from_below(workspace):
    below = workspace.root / "a" / "b"
    below.mkdir(parents=True)
    assert Workspace.find(below) == workspace


def test_concurrent_updates_are_all_kept(workspace):
    exercise = load_course()["attention"]

    def add(entry):
        entry["count"] = entry.get("count", 0) + 1

    threads = [threading.Thread(target=lambda: [workspace.update(exercise, add) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert workspace.progress()["attention"]["count"] == 80
    assert not list((workspace.root / MARKER).glob("*.part"))


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"exercises": 3}', '{"exercises": {"attention": 1}}'])
def test_damaged_progress_starts_anew(workspace, damage):
    (workspace.root / MARKER / "progress.json").write_text(damage)
    assert workspace.progress() == {}
    workspace.update(load_course()["rnn"], lambda entry: entry.update(hints=1))
    assert workspace.progress() == {"rnn": {"hints": 1}}


def test_read_source_keeps_encodings(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"))
    assert "é" in read_source(path)
    path.write_bytes(b"\xef\xbb\xbfx = 1\r\n")
    assert read_source(path) == "x = 1\n"
    path.write_bytes(b"# -*- coding: no-such -*-\n")
    with pytest.raises(WorkspaceError):
        read_source(path)
