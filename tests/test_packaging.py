"""What lands in site-packages, and that the command works from there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return next(folder.glob("*.whl"))


def test_nothing_but_chapter10_is_installed(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"chapter10"}
    for needed in (
        "chapter10/cli/main.py",
        "chapter10/exercises/course.yaml",
        "chapter10/exercises/attention.py",
        "chapter10/graders/test_attention.py",
        "chapter10/fixtures/recordings/attention.c10",
        "chapter10/grading/suite.ini",
        "chapter10/schemas/verdict.json",
        "chapter10/solutions/attention.py",
        "chapter10/solutions/misconceptions/attention/no_scaling.py",
    ):
        assert needed in names


def run_installed(site, *arguments):
    code = f"import sys; sys.path.insert(0, {str(site)!r}); from chapter10.cli.main import main; main(sys.argv[1:])"
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=site, env=environment, capture_output=True, text=True, timeout=120
    )


def test_it_works_from_where_it_was_installed(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    answer = tmp_path / "chapter10" / "solutions" / "attention.py"
    done = run_installed(tmp_path, "check", "attention", "--file", str(answer), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"recorded": false' in done.stdout


def test_it_works_without_solutions(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.startswith("chapter10/solutions/"):
                archive.extract(name, tmp_path)
    (tmp_path / "answer.py").write_text((ROOT / "solutions/misconceptions/attention/no_scaling.py").read_text())
    done = run_installed(tmp_path, "check", "attention", "--file", "answer.py", "--json")
    assert done.returncode == 1, done.stdout + done.stderr
    assert '"recorded": true' in done.stdout
    assert '"misconception": "no_scaling"' in done.stdout
