"""Workspaces: finding, progress under concurrency and damage, reading odd files."""

import threading

import pytest

from chapter10.course import load_course
from chapter10.errors import WorkspaceError
from chapter10.learner import plan
from chapter10.learner.layout import lay_out
from chapter10.learner.workspace import MARKER, Workspace, read_source


@pytest.fixture
def workspace(tmp_path):
    return lay_out(tmp_path, load_course()).workspace


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


def test_a_damaged_file_is_kept_aside_and_a_killed_commands_rest_swept(workspace):
    folder = workspace.root / MARKER
    (folder / "progress.json").write_text('{"exercises": {"attention": {"passed": tr')
    (folder / "progress-abc.part").write_text("half")
    workspace.update(load_course()["rnn"], lambda entry: entry.update(hints=1))
    assert '"passed": tr' in (folder / "progress.damaged").read_text()
    assert not list(folder.glob("*.part"))


def test_backups_never_overwrite_each_other(workspace):
    path = workspace.root / "attention.py"
    kept = []
    for text in "abc":
        path.write_text(text)
        kept.append(workspace.back_up(path))
    assert [backup.read_text() for backup in kept] == ["a", "b", "c"]


def test_the_file_worked_on_is_taken_where_there_are_two(workspace):
    course = load_course()
    lay_out(workspace.root, course, notebooks=True)
    attention = course["attention"]
    assert workspace.file(attention).name == "attention.py"
    notebook = workspace.root / "attention.ipynb"
    notebook.write_text(notebook.read_text().replace("NotImplementedError", "KeyError"))
    assert workspace.file(attention).name == "attention.ipynb"
    (workspace.root / "attention.py").unlink()
    assert workspace.file(attention).name == "attention.ipynb"


def test_a_changed_stub_is_told_and_never_put_over_work(workspace):
    course = load_course()
    assert lay_out(workspace.root, course).changed == []
    workspace.stubs.update("attention.py", lambda entry: entry.update(stub="of an older course"))
    (workspace.root / "attention.py").write_text("mine")
    assert lay_out(workspace.root, course).changed == ["attention.py"]
    shown = lay_out(workspace.root, course, show_new=True)
    assert shown.shown == ["attention.new.py"]
    assert (workspace.root / "attention.new.py").read_text() == course["attention"].stub.read_text()
    assert (workspace.root / "attention.py").read_text() == "mine"
    assert lay_out(workspace.root, course).changed == []


def test_points_are_read_from_the_suites(workspace):
    rows = plan.rows_of(load_course(), workspace)
    summary = plan.summary_of(rows)
    assert summary["exercises"] == 16
    assert summary["minutes"] == summary["minutes_left"] == sum(row["minutes"] for row in rows)
    assert next(row for row in rows if row["id"] == "attention")["max_points"] == 20
    workspace.update(load_course()["conv2d"], lambda entry: entry.update(passed=True, points=20, max_points=20))
    rows = plan.rows_of(load_course(), workspace)
    assert plan.following(rows) == "simple_cnn"
    assert plan.following(rows, after="transformer_block") == "efficient_attention"
    assert plan.summary_of(rows)["minutes_left"] == summary["minutes"] - 40
