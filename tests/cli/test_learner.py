"""A learner's commands: workspaces, progress, reset, solution, notebooks, completion, and consoles of every kind."""

import json
import os
import subprocess
import sys

import pytest

from chapter10.cli import doctor
from chapter10.course import load_course


def pass_exercise(workspace, name="attention"):
    path = workspace / ".chapter10" / "progress.json"
    path.write_text(json.dumps({"version": 1, "exercises": {name: {"points": 20, "max_points": 20, "passed": True}}}))


def test_start_lays_out_a_readme_and_settings(chapter10, workspace):
    assert "chapter10 watch" in (workspace / "README.md").read_text()
    tasks = json.loads((workspace / ".vscode" / "tasks.json").read_text())["tasks"]
    assert any(task["command"] == "chapter10 watch" for task in tasks)
    assert json.loads((workspace / ".vscode" / "settings.json").read_text())
    (workspace / "README.md").write_text("mine")
    document = chapter10("start", "--json", cwd=workspace).document
    assert document["workspace"] == str(workspace)
    assert document["written"] == []
    assert (workspace / "README.md").read_text() == "mine"


def test_start_tells_of_changed_stubs(chapter10, workspace):
    path = workspace / ".chapter10" / "stubs.json"
    document = json.loads(path.read_text())
    document["files"]["rnn.py"]["stub"] = "older"
    path.write_text(json.dumps(document))
    ran = chapter10("start", cwd=workspace)
    assert "changed the stub of rnn.py" in ran.out
    assert "--show-new" in ran.out
    assert "rnn.new.py" in chapter10("start", "--show-new", cwd=workspace).out


def test_a_notebook_is_checked_and_places_are_cells(chapter10, tmp_path, attention):
    root = tmp_path / "books"
    assert chapter10("start", root, "--notebooks").code == 0
    assert not (root / "attention.py").exists()
    path = root / "attention.ipynb"
    stub = chapter10("check", "attention", "--json", cwd=root).document
    assert "cell 2, line" in stub["tests"][0]["help"]
    notebook = json.loads(path.read_text())
    cells = [{"cell_type": "code", "source": "%matplotlib inline\n" + attention.solution.read_text()}]
    path.write_text(json.dumps({**notebook, "cells": cells}))
    assert chapter10("check", "attention", "--fast", cwd=root).code == 0
    cells.insert(0, {"cell_type": "code", "source": "!ls\nimport torch\ntorch.nope"})
    path.write_text(json.dumps({**notebook, "cells": cells}))
    ran = chapter10("check", "attention", cwd=root)
    assert "attention.ipynb, cell 1, line 3" in " ".join(ran.out.split())


def test_progress_by_layer(chapter10, workspace):
    pass_exercise(workspace)
    document = chapter10("progress", "--json", cwd=workspace).document
    assert document["passed"] == 1
    assert {layer["layer"] for layer in document["layers"]} == {"required", "optional", "advanced", "challenge"}
    assert document["minutes_left"] == document["minutes"] - 25
    ran = chapter10("progress", cwd=workspace)
    assert "1 of 5 passed" in ran.out
    assert "left" in ran.out


def test_reset_keeps_a_copy(chapter10, workspace, attention):
    (workspace / "attention.py").write_text("mine")
    refused = chapter10("reset", "attention", cwd=workspace)
    assert refused.code == 2
    assert "--yes" in refused.err
    ran = chapter10("reset", "attention", "--yes", cwd=workspace)
    assert ran.code == 0
    assert ".chapter10/backups/attention-" in ran.out
    assert (workspace / "attention.py").read_text() == attention.stub.read_text()
    backup = chapter10("reset", "attention", "--yes", "--json", cwd=workspace).document["backup"]
    assert backup
    assert {path.read_text() for path in (workspace / ".chapter10" / "backups").iterdir()} == {
        "mine",
        attention.stub.read_text(),
    }


def test_solution_after_passing_or_giving_up(chapter10, workspace, attention):
    ran = chapter10("solution", "attention", cwd=workspace)
    assert ran.code == 2
    assert "--give-up" in ran.err
    assert chapter10("solution", "attention", "--give-up", cwd=workspace).code == 2  # nobody there to confirm
    ran = chapter10("solution", "attention", "--give-up", "--yes", cwd=workspace)
    assert ran.out == attention.solution.read_text()
    rows = chapter10("list", "--json", cwd=workspace).document["exercises"]
    assert [row["id"] for row in rows if row["gave_up"]] == ["attention"]
    assert chapter10("solution", "attention", cwd=workspace).code == 0
    pass_exercise(workspace, "rnn")
    assert chapter10("solution", "rnn", "--json", cwd=workspace).document["gave_up"] is False


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(chapter10, shell):
    ran = chapter10("completion", shell)
    assert ran.code == 0
    assert "_CHAPTER10_COMPLETE" in ran.out


def complete(words, env=None):
    code = (
        "import sys\nfrom chapter10.cli.main import main\n"
        "try:\n    main([])\nexcept SystemExit:\n    pass\n"
        "sys.exit(3 if {'torch', 'pytest', 'rich', 'numpy'} & set(sys.modules) else 0)\n"
    )
    settings = {"_CHAPTER10_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **settings}
    )
    assert done.returncode == 0, done.stderr
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completion_knows_commands_and_exercises_without_torch():
    assert complete("chapter10 wa") == ["watch"]
    assert complete("chapter10 check lstm") == ["lstm_gate"]
    assert len(complete("chapter10 hint ")) == len(load_course().exercises)
    assert "--fast" in complete("chapter10 check --f")


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252"])
def test_consoles_without_unicode_spell_it(workspace, encoding):
    command = [sys.executable, "-m", "chapter10.cli.main", "list"]
    env = {**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=workspace, env=env, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert ">  conv2d" in done.stdout.decode(encoding)


def test_a_verdict_on_an_ascii_console(chapter10, misconceptions):
    path = misconceptions / "no_scaling.py"
    ran = chapter10("check", "attention", "--file", path, "--fast", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert ran.code == 1, ran.err
    assert "XX The result is softmax(query * key^T / sqrtd) * value." in " ".join(ran.out.split())
    assert "\x1b" not in ran.out


class TestDoctorFix:
    walls = ({"name": "seccomp", "state": "missing", "reason": "libseccomp is not installed", "meaning": ""},)

    @pytest.fixture
    def machine(self, monkeypatch):
        ran = []
        monkeypatch.setattr(doctor, "_walls", lambda problems: ([], "full") if ran else (list(self.walls), "partial"))
        monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/usr/bin/{name}")

        def apt(arguments):
            ran.append(arguments)
            return subprocess.CompletedProcess(arguments, 0, "", "")

        monkeypatch.setattr(doctor, "_apt", apt)
        return ran

    def run(self, *arguments):
        from click.testing import CliRunner

        return CliRunner().invoke(doctor.doctor_command, [*arguments, "--json"])

    def test_root_installs(self, machine, monkeypatch):
        monkeypatch.setattr(doctor.os, "geteuid", lambda: 0)
        report = json.loads(self.run("--fix").stdout)
        assert "libseccomp2" in report["fixed"]
        assert machine[-1][0] == "install"
        assert report["isolation"] == "full"

    def test_others_are_told_the_command(self, machine, monkeypatch):
        monkeypatch.setattr(doctor.os, "geteuid", lambda: 1000)
        report = json.loads(self.run("--fix").stdout)
        assert machine == []
        assert report["fix"].startswith("sudo apt-get install")
        assert "libseccomp2" in report["fix"]


@pytest.mark.parametrize(
    "arguments", [["list"], ["progress"], ["hint", "rnn"], ["reset", "rnn", "--yes"], ["submit"], ["start"]]
)
def test_small_commands_do_not_wait_for_torch(workspace, arguments):
    code = (
        "import sys\nfrom chapter10.cli.main import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "sys.exit(3 if {'torch', 'pytest', 'numpy'} & set(sys.modules) else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=workspace)
    assert done.returncode == 0, done.stderr
