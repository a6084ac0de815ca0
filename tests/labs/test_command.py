"""`chapter10 lab` as a subprocess: files, numbers, exit codes."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from chapter10.labs import LABS


def test_without_a_name_it_lists_the_labs(run):
    ran = run("lab")
    assert ran.code == 0
    assert all(re.search(rf"^{name} ", ran.out, re.MULTILINE) for name in LABS)


def test_an_unknown_name_suggests_the_nearest(run):
    ran = run("lab", "kernel")
    assert ran.code == 2
    assert "Did you mean `kernels`?" in ran.err


@pytest.mark.parametrize("name", LABS)
def test_each_lab_writes_its_picture_and_a_page_that_asks_nobody_for_anything(lab, name):
    ran = lab(name)
    assert ran.code == 0, ran.out + ran.err
    assert ran.document["failures"] == []
    assert all(code["why"].startswith("there is no workspace") for code in ran.document["code"])
    results = ran.cwd / "lab-results" / name
    assert (results / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    page = (results / f"{name}.html").read_text()
    assert page.count("data:image/png;base64,") == 2  # light and dark
    words = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.search(r"https?:|//|url\(|<script|<link|@import", words)
    assert "<table>" in page
    assert re.search(r'<img [^>]*alt="[^"]{20,}"', words)


def test_kernels_have_the_parameters_that_the_chapter_gives(lab):
    rows = lab("kernels").document["numbers"]["rows"]
    assert [row["parameters"] for row in rows] == [33546, 50186, 83466, 133386]
    assert [row["your_count"] for row in rows] == [33546, 50186, 83466, 133386]
    accuracy = {row["kernel"]: row["accuracy"] for row in rows}
    assert 0.3 < accuracy[3] <= 1
    assert accuracy[1] < accuracy[3]


def test_the_receptive_field_is_what_the_formula_says(lab):
    rows = lab("receptive-field").document["numbers"]["rows"]
    assert [(row["height"], row["width"], row["yours"]) for row in rows] == [(3, 3, 3), (5, 5, 5), (7, 7, 7)]


def test_a_window_costs_memory_in_proportion_and_full_attention_its_square(lab):
    exponents = lab("cost").document["numbers"]["exponents"]
    assert exponents["full"]["largest"] == pytest.approx(2, abs=0.05)
    assert exponents["window"]["largest"] == pytest.approx(1, abs=0.05)


def test_all_three_models_learn_the_reviews(lab):
    numbers = lab("convergence").document["numbers"]
    assert [curve["model"] for curve in numbers["curves"]] == ["RNN", "LSTM", "Transformer"]
    for curve in numbers["curves"]:
        assert curve["epochs"] == [0, 0.5, 1]
        assert all(0 <= value <= 1 for value in curve["accuracy"])
        assert len(curve["loss"]) == 4  # 128 reviews in batches of 32
        assert curve["parameters"] > 5000 * 128


def test_it_looks_at_the_cat(lab):
    numbers = lab("attention").document["numbers"]
    assert numbers["words"] == "the cat sat because it was tired".split()
    pronoun, reviews = numbers["models"]
    for head in pronoun["heads"] + reviews["heads"]:
        assert len(head["weights"]) == 7
        assert all(sum(row) == pytest.approx(1, abs=1e-3) for row in head["weights"])
    looks = [head["most_attended"][4] for head in pronoun["heads"]]
    assert "cat" in looks
    assert pronoun["accuracy"] > 0.3  # of 20 nouns: 0.05 by chance


def test_gradients_vanish_explode_and_last(lab):
    numbers = lab("gradients").document["numbers"]
    time, depth, clipping = numbers["time"], numbers["depth"], numbers["clipping"]
    shrink = {name: norms[-1] / norms[0] for name, norms in (time | depth).items()}
    assert shrink["RNN"] < 1e-4
    assert shrink["LSTM"] < 1e-4
    assert shrink["RNN, weights × 4"] > 10
    assert 0.01 < shrink["LSTM, gate open"] < 100
    assert shrink["without, no norm"] < 1e-4
    assert shrink["with shortcuts"] < shrink["without"]
    assert max(clipping["with"]["used"]) <= 1.01 < max(clipping["with"]["norms"])
    assert clipping["without"]["used"] == clipping["without"]["norms"]


def test_the_company_moves_batch_norm_alone(lab):
    rows = lab("norms").document["numbers"]["rows"]
    wobble = {(row["kind"], row["batch"]): row["wobble"] for row in rows}
    assert all(value < 1e-4 for (kind, _), value in wobble.items() if kind == "layer")
    assert 0.05 < wobble["batch", 64] < wobble["batch", 8] < wobble["batch", 2]


def test_for_people_there_are_a_table_and_the_files(run, tmp_path):
    ran = run("lab", "receptive-field", "--quick", "--out", tmp_path / "mine")
    assert ran.code == 0
    assert "5 × 5" in ran.out
    assert "The reference's conv2d: there is no workspace here" in " ".join(ran.out.split())
    assert (tmp_path / "mine" / "receptive-field.html").is_file()


def test_help_imports_neither_torch_nor_matplotlib():
    code = (
        "import sys\nfrom chapter10.cli.main import cli\n"
        "for words in (['--help'], ['lab'], ['lab', '--help'], ['lab', 'cost', '--help']):\n"
        "    cli.main(words, standalone_mode=False)\n"
        "assert not {'torch', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_ctrl_c_keeps_what_is_finished(run, tmp_path):
    import pty

    run("start", tmp_path / "work")
    work = tmp_path / "work"
    stuck = "import time\n" + REFERENCE_CNN.replace("def build_cnn(k):", "def build_cnn(k):\n    while k == 3: time.sleep(1)")
    (work / "kernel_sweep.py").write_text(stuck)
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "chapter10.cli.main", "lab", "kernels", "--quick"],
        cwd=work, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "COLUMNS": "100", "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    seen, deadline = b"", time.monotonic() + 100
    while b"kernel 3" not in seen and time.monotonic() < deadline:
        seen += os.read(terminal, 4096)
    process.send_signal(signal.SIGINT)
    out = process.communicate(timeout=60)[0].decode()
    os.close(terminal)
    assert process.returncode == 130
    assert "Stopped early" in out
    assert "1 × 1" in out
    assert "3 × 3" not in out
    assert (work / "lab-results" / "kernels" / "kernels.png").is_file()


REFERENCE_CNN = """
from torch import nn
def build_cnn(k):
    p = k // 2
    return nn.Sequential(nn.Conv2d(1, 32, k, padding=p), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(32, 64, k, padding=p), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 10))
def parameter_count(model):
    return 7
"""
