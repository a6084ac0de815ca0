"""The command line as a whole: help without torch, unknown commands, the small commands."""

import json
import subprocess
import sys


def test_help_lists_every_command_and_imports_no_torch():
    code = (
        "import sys\nfrom chapter10.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'pytest', 'rich', 'numpy', 'yaml'} & set(sys.modules)\n"
        "sys.exit(3 if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for command in ("start", "list", "check", "hint", "doctor", "audit"):
        assert f"  {command}" in done.stdout


def test_every_command_has_help(chapter10):
    from chapter10.cli.main import COMMANDS

    for command in COMMANDS:
        ran = chapter10(command, "--help")
        assert ran.code == 0
        assert "Usage:" in ran.out


def test_unknown_command_suggests_the_nearest(chapter10):
    ran = chapter10("chek", "attention")
    assert ran.code == 2
    assert "Did you mean `check`?" in ran.err


def test_start_keeps_what_is_there(chapter10, tmp_path):
    root = tmp_path / "here"
    assert chapter10("start", root).code == 0
    (root / "attention.py").write_text("mine")
    (root / "rnn.py").unlink()
    ran = chapter10("start", root)
    assert "1 exercise is" in ran.out
    assert "15 were there already" in ran.out
    assert (root / "attention.py").read_text() == "mine"
    (tmp_path / "file").write_text("")
    ran = chapter10("start", tmp_path / "file")
    assert ran.code == 2
    assert "is a file" in ran.err


def test_hints_go_one_step_further_each_time(chapter10, workspace, attention):
    shown = [chapter10("hint", "attention", "--json", cwd=workspace).document for _ in range(len(attention.hints) + 1)]
    assert [entry["number"] for entry in shown] == [1, 2, 3, 4, 4]
    assert len({entry["hint"] for entry in shown}) == len(attention.hints)


def test_list_works_without_a_workspace(chapter10):
    ran = chapter10("list", "--json")
    assert ran.code == 0
    assert len(ran.document["exercises"]) == 16
    assert "chapter10 start" in chapter10("list").out


def test_doctor_reports_every_wall(chapter10):
    ran = chapter10("doctor", "--json")
    assert ran.code == 0, ran.out
    report = json.loads(ran.out)
    assert report["healthy"]
    states = {wall["name"]: wall["state"] for wall in report["walls"]}
    assert states["process"] == "raised"
    assert {"pid namespace", "landlock", "seccomp", "network", "resource limits"} <= set(states)
    for wall in report["walls"]:
        assert wall["state"] == "raised" or wall["reason"]
