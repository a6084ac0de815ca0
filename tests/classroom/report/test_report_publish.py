"""A folder of pages is there whole or not at all, and never takes the place of anything else."""

import os

import pytest

from chapter10.classroom.report.publish import MANIFEST, published
from chapter10.errors import PublishError


def publish(target, kind="report", **pages):
    with published(target, kind) as folder:
        for name, text in pages.items():
            (folder / name).write_text(text)


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != MANIFEST}


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    publish(tmp_path / "a" / "b", index="one")
    assert contents(tmp_path / "a" / "b") == {"index": "one"}


def test_our_own_folder_is_replaced_and_pages_of_before_are_gone(tmp_path):
    publish(tmp_path / "report", index="one", ada="1")
    publish(tmp_path / "report", index="two")
    assert contents(tmp_path / "report") == {"index": "two"}
    assert [path.name for path in tmp_path.iterdir()] == ["report"], "nothing is left beside it"


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "report").mkdir()
    publish(tmp_path / "report", index="one")
    assert contents(tmp_path / "report") == {"index": "one"}


@pytest.mark.parametrize("ending", [ValueError, KeyboardInterrupt])
def test_what_breaks_midway_leaves_the_old_pages(tmp_path, ending):
    publish(tmp_path / "report", index="one")
    with pytest.raises(ending), published(tmp_path / "report", "report") as folder:
        (folder / "index").write_text("half")
        raise ending
    assert contents(tmp_path / "report") == {"index": "one"}
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def foreign_folder(target):
    target.mkdir()
    (target / "thesis.tex").write_text("dear")


def a_file(target):
    target.write_text("dear")


def a_link(target):
    (target.parent / "elsewhere").mkdir()
    target.symlink_to(target.parent / "elsewhere")


def another_kind(target):
    publish(target, kind="similarity", index="dear")


def with_notes(target):
    publish(target, index="ours")
    (target / "notes.txt").write_text("dear")


def damaged_manifest(target):
    publish(target, index="ours")
    (target / MANIFEST).write_text("{")


@pytest.mark.parametrize("place", [foreign_folder, a_file, a_link, another_kind, with_notes, damaged_manifest])
def test_what_is_not_ours_is_refused_and_stays(tmp_path, place):
    target = tmp_path / "report"
    place(target)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(PublishError) as refused:
        publish(target, index="new")
    assert str(target) in refused.value.message
    assert "--out" in refused.value.hint
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_old_pages_are_put_back_when_the_new_ones_cannot_take_their_place(tmp_path, monkeypatch):
    publish(tmp_path / "report", index="one")
    rename = os.replace

    def fail_for_the_new(source, target):
        if str(target) == str(tmp_path / "report") and "-old-" not in str(source):
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "replace", fail_for_the_new)
    with pytest.raises(PublishError, match="No space left"):
        publish(tmp_path / "report", index="two")
    assert contents(tmp_path / "report") == {"index": "one"}
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("dear")
    with pytest.raises(PublishError, match="cannot be written") as refused:
        publish(tmp_path / "file" / "report", index="one")
    assert "--out" in refused.value.hint
