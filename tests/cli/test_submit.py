"""`chapter10 submit`: what is in the zip, what is refused, what is said of it."""

import hashlib
import json
import zipfile

import pytest


def test_the_zip_holds_the_files_and_a_manifest_of_them(chapter10, workspace, attention):
    (workspace / "attention.py").write_text(attention.solution.read_text())
    (workspace / "notes.txt").write_text("private")
    ran = chapter10("submit", "--fast", "--name", "Ada Lovelace", cwd=workspace)
    assert ran.code == 0, ran.err
    assert "visible tests passed" in ran.out
    assert "20 of 20" in ran.out or "points" in ran.out
    assert "all tests" not in ran.out.lower()
    with zipfile.ZipFile(workspace / "submission-ada-lovelace.zip") as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        assert len(names) == 17
        assert archive.read("attention.py") == (workspace / "attention.py").read_bytes()
        for name, entry in manifest["files"].items():
            data = archive.read(name)
            assert (entry["sha256"], entry["size"]) == (hashlib.sha256(data).hexdigest(), len(data))
    assert set(manifest["files"]) == set(names) - {"manifest.json"}
    assert (manifest["version"], manifest["name"]) == (1, "Ada Lovelace")
    assert manifest["created"].endswith("Z")
    assert len(manifest["exercises"]) == 16


def test_json_tells_tests_of_touched_files_only(chapter10, workspace, misconceptions):
    (workspace / "attention.py").write_text((misconceptions / "mask_inverted.py").read_text())
    document = chapter10("submit", "--fast", "--json", "-o", "out.zip", cwd=workspace).document
    assert [row["exercise"] for row in document["visible_tests"]] == ["attention"]
    row = document["visible_tests"][0]
    assert 0 < row["passed"] < row["tests"]
    assert (workspace / "out.zip").is_file()


def test_untouched_stubs_need_no_engine(chapter10, workspace):
    ran = chapter10("submit", cwd=workspace)
    assert ran.code == 0
    assert "so worth nothing" in ran.out


@pytest.mark.parametrize("name", ["attention.py", "attention.ipynb"])
def test_links_are_refused(chapter10, workspace, tmp_path, name):
    (tmp_path / "secret").write_text("secret")
    (workspace / name).unlink(missing_ok=True)
    (workspace / name).symlink_to(tmp_path / "secret")
    ran = chapter10("submit", cwd=workspace)
    assert ran.code == 2
    assert "symbolic link" in ran.err
    assert not (workspace / "submission.zip").exists()


def test_nothing_but_a_zip_is_replaced(chapter10, workspace):
    before = (workspace / "rnn.py").read_text()
    assert chapter10("submit", "-o", "rnn.py", cwd=workspace).code == 2
    assert (workspace / "rnn.py").read_text() == before
    assert chapter10("submit", "-o", "missing/out.zip", cwd=workspace).code == 2
    for _ in range(2):
        assert chapter10("submit", cwd=workspace).code == 0
    assert not list(workspace.glob(".*.part"))


def test_names_that_are_none(chapter10, workspace):
    assert chapter10("submit", "--name", "", cwd=workspace).code == 2
    assert chapter10("submit", "--name", "../../x", cwd=workspace).code == 0
    assert (workspace / "submission-x.zip").is_file()
