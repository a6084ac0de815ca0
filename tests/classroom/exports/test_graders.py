"""What grades elsewhere: the autograder zip, run for real in a bare folder, and the workflow with what its last step does."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml

from chapter10.classroom.exports import autograder, github, on_github
from chapter10.classroom.exports.checking import ungraded
from chapter10.course import folder
from chapter10.errors import ExportError


@pytest.fixture
def unpacked(tmp_path):
    """Unpack an autograder as Gradescope does, beside the student's files."""

    def unpacked(files, *exercises):
        autograder.write(tmp_path / "autograder.zip", exercises, "chapter10")
        root = tmp_path / "auto grader"
        (root / "submission").mkdir(parents=True)
        (root / "results").mkdir()
        with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
            archive.extractall(root / "source")
        shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
        (root / "run_autograder").chmod(0o755)
        for name, data in files.items():
            (root / "submission" / name).write_bytes(data)
        return root

    return unpacked


def run(root):
    environment = {"PATH": os.environ["PATH"], "AUTOGRADER_ROOT": str(root), "CHAPTER10_PYTHON": sys.executable}
    done = subprocess.run([root / "run_autograder"], cwd=root, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))


def test_the_autograder_grades_in_a_bare_folder(unpacked):
    answer = (folder("solutions") / "misconceptions" / "attention" / "no_scaling.py").read_bytes()
    document = run(unpacked({"attention-1.py": answer, "atention.py": b"pass\n"}, "attention", "masking"))
    assert document["score"] == 0
    assert any("divided by √d" in test["output"] for test in document["tests"])
    assert {test.get("status") for test in document["tests"]} == {"failed", None}
    missing = document["tests"][-1]
    assert missing["output"].splitlines() == [
        "There is no masking.py and no masking.ipynb to grade.",
        "atention.py: No exercise is called like it. Is it attention?",
    ]


def test_the_autograder_always_writes_results(unpacked):
    root = unpacked({}, "attention")
    document = run(root)
    assert (document["score"], [test["status"] for test in document["tests"]]) == (0, ["failed"])
    shutil.rmtree(root / "submission")
    document = run(root)
    assert "There is no" in document["output"]


def test_the_autograder_zip_has_its_scripts_at_the_top(tmp_path):
    autograder.write(tmp_path / "autograder.zip", ["attention"], "chapter10 @ file:///x; rm -rf /")
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()} == {
            "setup.sh": 0o755,
            "run_autograder": 0o755,
        }
        setup = archive.read("setup.sh").decode()
        for name in archive.namelist():
            assert archive.read(name).startswith(b"#!")
            subprocess.run(["bash", "-n"], input=archive.read(name), check=True, timeout=20)
    assert setup.splitlines()[-1].endswith("'chapter10 @ file:///x; rm -rf /'")


def test_a_wheel_goes_into_the_autograder_zip(tmp_path):
    wheel = tmp_path / "chapter10-1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK")
    autograder.write(tmp_path / "autograder.zip", ["attention"], str(wheel))
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        assert archive.read(wheel.name) == b"PK"
        assert archive.read("setup.sh").decode().splitlines()[-1].endswith(f'"$source"/{wheel.name}')
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(ExportError, match="not a wheel"):
        autograder.write(tmp_path / "autograder.zip", ["attention"], str(tmp_path / "notes.txt"))


def test_a_wheel_is_nothing_for_the_workflow(tmp_path):
    (tmp_path / "chapter10.whl").write_bytes(b"PK")
    with pytest.raises(ExportError, match="not on GitHub's"):
        github.write(io.StringIO(), ["attention"], str(tmp_path / "chapter10.whl"))


@pytest.fixture
def workflow(tmp_path):
    path = tmp_path / "classroom.yml"
    with path.open("w", encoding="utf-8") as out:
        github.write(out, ["attention", "masking"], "it's chapter10")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_workflow_is_what_github_classroom_asks_for(workflow):
    assert workflow["name"] == "Autograding Tests"
    assert list(workflow["jobs"]) == ["run-autograding-tests"]
    job = workflow["jobs"]["run-autograding-tests"]
    assert job["if"] == "github.actor != 'github-classroom[bot]'"
    assert job["steps"][0]["uses"] == "actions/checkout@v4"
    assert job["steps"][2]["env"] == {"PACKAGE": "it's chapter10"}
    assert job["steps"][-1]["run"] == "python -m chapter10.classroom.exports.on_github attention masking"


def test_the_workflow_reports_points_and_no_commands_of_the_learner(tmp_path, monkeypatch, capsys, course):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    repository = tmp_path / "week-3-ada"
    repository.mkdir()
    (repository / "attention.py").write_text("pass\n")

    def check(exercise, filename, data):
        document = ungraded(exercise, "::error::<b>owned</b>")
        return document | {"points": 12.5, "max_points": 20.0}

    monkeypatch.setattr(on_github, "check", check)
    assert on_github.main(["attention", "masking"], repository) == 1
    assert capsys.readouterr().out.splitlines() == [
        "::notice title=Autograding complete::Points 12.5/20",
        '::notice title=Autograding report::{"totalPoints": 12.5, "maxPoints": 20.0}',
    ]
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert f"| {course['attention'].title} | error | 12.5/20 |" in summary
    assert "&lt;b&gt;owned" in summary
    assert "There is no masking.py and no masking.ipynb" in summary


def test_the_workflow_says_when_there_is_nothing_to_read(tmp_path, capsys):
    assert on_github.main(["attention"], tmp_path / "none") == 2
    assert "There is no" in capsys.readouterr().err
