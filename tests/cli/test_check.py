"""`chapter10 check` as a subprocess: verdicts, exit codes, and files of every kind of wrong."""

import importlib.resources
import json
import signal
import subprocess
import sys
import time

import jsonschema
import pytest

HONEST = """
import math, torch
def attention(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -math.inf)
    return scores.softmax(-1) @ value
"""


@pytest.fixture(scope="session")
def schema():
    return json.loads(importlib.resources.files("chapter10.schemas").joinpath("verdict.json").read_text())


def test_untouched_stub_scores_nothing_and_says_what_to_do(chapter10, workspace):
    ran = chapter10("check", "attention", cwd=workspace)
    assert ran.code == 1
    assert "attention is not written yet." in ran.out
    assert "replace the TODO at line" in ran.out
    assert "0 of 20 points" in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_missing_scaling_is_told_exactly_that(chapter10, workspace, misconceptions):
    (workspace / "attention.py").write_text((misconceptions / "no_scaling.py").read_text())
    ran = chapter10("check", "attention", cwd=workspace)
    assert ran.code == 1
    assert "Your scores are not divided by √d." in " ".join(ran.out.split())
    assert "expected" in ran.out
    assert "yours" in ran.out


def test_reference_gets_full_marks_and_progress_is_kept(chapter10, workspace, attention):
    (workspace / "attention.py").write_text(attention.solution.read_text())
    ran = chapter10("check", "attention", "-v", cwd=workspace)
    assert ran.code == 0
    assert "20 of 20 points" in ran.out
    assert "isolation" in ran.out
    rows = chapter10("list", "--json", cwd=workspace).document["exercises"]
    row = next(row for row in rows if row["id"] == "attention")
    assert (row["passed"], row["points"]) == (True, 20)
    (workspace / "attention.py").write_text("")
    assert chapter10("check", "attention", cwd=workspace).code == 1
    rows = chapter10("list", "--json", cwd=workspace).document["exercises"]
    assert next(row for row in rows if row["id"] == "attention")["passed"]


@pytest.mark.parametrize("name", ["no_scaling", "mask_inverted", "detached_key"])
def test_json_is_one_document_of_the_schema(chapter10, tmp_path, misconceptions, schema, name):
    text = "print('noise')\nimport sys, os\nprint('more', file=sys.stderr)\nos.write(1, b'raw')\n"
    (tmp_path / "answer.py").write_text((misconceptions / f"{name}.py").read_text() + text)
    ran = chapter10("check", "attention", "--file", "answer.py", "--json")
    assert ran.code == 1
    document = ran.document
    jsonschema.validate(document, schema)
    assert document["status"] == "fail"
    assert name in {test["misconception"] for test in document["tests"]}
    failing = [test for test in document["tests"] if test["status"] == "fail"]
    assert any(test["counterexample"] for test in failing)
    assert "noise" in document["output"]
    assert document["environment"]["seed"] is not None
    assert document["environment"]["threads"] == 1


def test_seed_repeats_a_verdict(chapter10, tmp_path, misconceptions):
    path = misconceptions / "scale_by_value_size.py"
    documents = [chapter10("check", "attention", "--file", path, "--json", "--seed", 7).document for _ in range(2)]
    for document in documents:
        document.pop("duration")
        for test in document["tests"]:
            test.pop("duration")
    assert documents[0] == documents[1]
    assert documents[0]["environment"]["seed"] == 7


def test_recordings_stand_in_for_solutions(chapter10, tmp_path, attention, misconceptions, schema):
    passed = chapter10("check", "attention", "--file", attention.solution, "--recorded", "--json").document
    jsonschema.validate(passed, schema)
    assert passed["status"] == "pass"
    assert passed["environment"]["recorded"]
    failed = chapter10("check", "attention", "--file", misconceptions / "no_scaling.py", "--recorded", "--json").document
    assert failed["status"] == "fail"
    assert failed["tests"][0]["misconception"] == "no_scaling"


def test_pattern_chooses_tests(chapter10, attention):
    document = chapter10("check", "attention", "--file", attention.solution, "-k", "mask_dtypes", "--json").document
    assert [test["name"] for test in document["tests"]] == ["test_mask_dtypes"]
    ran = chapter10("check", "attention", "--file", attention.solution, "-k", "nothing like it")
    assert ran.code == 2
    assert "nothing like it" in ran.err


def test_names_with_a_dash_and_names_that_are_not(chapter10):
    ran = chapter10("check", "lstm-gat")
    assert ran.code == 2
    assert "Did you mean `lstm_gate`?" in ran.err
    assert chapter10("hint", "lstm-gate").code == 0


def test_outside_a_workspace(chapter10, tmp_path):
    ran = chapter10("check", "attention")
    assert ran.code == 2
    assert "chapter10 start" in ran.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"def attention(:\n", ["line 1", "Python cannot read this"]),
        (b"x = 1\nraise ValueError('my own')\n", ["line 2", "ValueError: my own"]),
        (b"import sys\n\nsys.exit(0)\n", ["line 3", "SystemExit"]),
        (b"import os\nos._exit(0)\n", ["ended the Python process"]),
        (b"import ctypes\nctypes.string_at(0)\n", ["crashed the Python interpreter", "segmentation fault"]),
        (b"while True: pass\n", ["no answer within"]),
        (b"input('?')\n", ["line 1", "EOFError"]),
        (b"", ["has no `attention`"]),
        (b"attention = 3\n", ["is a int"]),
        (b"def attention(*a): return None\n", ["is None", "return"]),
        (b"def attention(*a): return a\n", ["a tuple of 3"]),
        (b"def attention(*a): raise SystemExit\n", ["ends the program"]),
    ],
)
def test_files_that_do_not_answer(chapter10, tmp_path, content, words):
    (tmp_path / "answer.py").write_bytes(content)
    ran = chapter10("check", "attention", "--file", "answer.py")
    text = " ".join(ran.out.split())
    assert ran.code == 1
    assert "0 of 20 points" in text
    for word in words:
        assert word in text
    assert "Traceback" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"\x00\x01\x02", "binary file"),
        (b"\xff\xfe\x00garbage", "not text in UTF-8"),
        (b"#" * (2 << 20), "bytes"),
        ("folder", "is a folder"),
    ],
)
def test_files_that_are_none(chapter10, tmp_path, schema, content, words):
    path = tmp_path / "answer.py"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    ran = chapter10("check", "attention", "--file", path)
    assert ran.code == 2
    assert words in " ".join(ran.out.split())
    document = chapter10("check", "attention", "--file", path, "--json").document
    jsonschema.validate(document, schema)
    assert document["status"] == "error"


def test_a_file_that_prints_and_works_at_import_is_fine(chapter10, tmp_path):
    (tmp_path / "answer.py").write_text(
        "print('x' * 10**6)\n" + HONEST + "\nassert attention(*[torch.ones(2, 2)] * 3).shape == (2, 2)\n"
    )
    ran = chapter10("check", "attention", "--file", "answer.py", "--json")
    assert ran.code == 0
    assert len(ran.document["output"]) < 50_000
    assert "characters left out" in ran.document["output"]


def test_check_all_goes_on_past_missing_files(chapter10, workspace, attention):
    (workspace / "attention.py").write_text(attention.solution.read_text())
    (workspace / "rnn.py").unlink()
    ran = chapter10("check", "--all", "--fast", "--json", cwd=workspace)
    verdicts = {document["exercise"]: document for document in ran.document["exercises"]}
    assert ran.code == 2
    assert verdicts["attention"]["status"] == "pass"
    assert verdicts["rnn"]["status"] == "error"
    assert verdicts["conv2d"]["points"] == 0
    assert len(verdicts) == 16


def test_ctrl_c_stops_without_a_traceback(tmp_path):
    (tmp_path / "answer.py").write_text("import time\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "chapter10.cli.main", "check", "attention", "--file", "answer.py"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(8)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped." in errors
    assert "Traceback" not in errors
