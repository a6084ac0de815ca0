"""It is the learner's code that is measured: another answer changes the numbers, a broken one is reported, a stub gives way."""

import shutil

import pytest

from chapter10.course import folder, load_course
from chapter10.labs import runner
from chapter10.labs.bench import Bench
from chapter10.learner.layout import lay_out
from chapter10.sandbox.engine import Engine


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


@pytest.fixture
def experiment(engine, tmp_path):
    """Run a lab's measurements in a workspace with the given files: {exercise: text or name of a misconception}."""

    def measure(name, files, **options):
        workspace = lay_out(tmp_path / "work", load_course()).workspace
        for exercise, text in files.items():
            if "\n" not in text:
                text = (folder("solutions") / "misconceptions" / exercise / f"{text}.py").read_text()
            (workspace.root / f"{exercise}.py").write_text(text)
        bench = Bench(engine, load_course(), workspace, quick=True)
        return runner.run(name, runner.load(name), bench, tmp_path / "out", options)

    return measure


def failures(result):
    return " ".join(failure["message"] for failure in result.document["failures"])


def test_an_unwritten_file_gives_way_to_the_reference(experiment):
    result = experiment("receptive-field", {})
    assert result.document["code"][0]["yours"] is False
    assert "not written yet" in result.document["code"][0]["why"]
    assert len(result.document["numbers"]["rows"]) == 3


def test_a_file_that_python_cannot_read_is_reported_with_its_line(experiment):
    result = experiment("receptive-field", {"conv2d": "import torch\ndef conv2d(x, weight:\n    pass\n"})
    assert result.report is None
    assert "conv2d.py, line 2: Python cannot read this" in failures(result)


def test_a_convolution_with_another_reach_gives_another_field(experiment):
    result = experiment("receptive-field", {"conv2d": "padding_ignored"})
    assert result.document["code"][0]["yours"] is True
    assert result.document["failures"] or [row["width"] for row in result.document["numbers"]["rows"]] != [3, 5, 7]


def test_a_convolution_that_leaves_the_graph_is_told_so(experiment):
    assert "No gradient reaches" in failures(experiment("receptive-field", {"conv2d": "detached_input"}))


def test_a_window_cut_from_the_full_matrix_grows_with_the_square(experiment):
    result = experiment("cost", {"efficient_attention": "full_score_matrix"}, longest=512)
    exponents = result.document["numbers"]["exponents"]
    assert exponents["window"]["largest"] == pytest.approx(2, abs=0.1)
    assert any("still builds something L × L" in finding for finding in result.report.findings)


def test_one_kind_that_fails_leaves_the_other(experiment):
    result = experiment(
        "cost", {"attention": "def attention(query, key, value, mask=None):\n    return query @ key\n"}, longest=256
    )
    assert {row["kind"] for row in result.document["numbers"]["rows"]} == {"window"}
    assert "attention.py, line 2" in failures(result)
    assert (result.paths[0].parent / "cost.html").is_file()


def test_a_kernel_that_cannot_be_built_costs_its_row_alone(experiment):
    text = (folder("solutions") / "kernel_sweep.py").read_text()
    result = experiment("kernels", {"kernel_sweep": text.replace("if kernel_size < 1", "if kernel_size > 1")})
    assert [row["kernel"] for row in result.document["numbers"]["rows"]] == [1]
    assert "kernel_size must be odd" in failures(result)


def test_scores_are_no_weights(experiment):
    result = experiment("attention", {"attention_map": "scores_returned"})
    assert "no weights" in failures(result)


def test_a_layer_norm_over_the_batch_wobbles(experiment):
    result = experiment("norms", {"normalization": "layer_norm_over_the_batch"})
    layer = [row["wobble"] for row in result.document["numbers"]["rows"] if row["kind"] == "layer"]
    assert max(layer) > 0.05 or result.document["failures"]


def test_a_state_cut_from_the_graph_is_seen_in_the_gradients(experiment):
    result = experiment("gradients", {"bptt": "state_detached"})
    norms = result.document["numbers"]["time"]["RNN"]
    assert norms[0] > 0 == norms[-1]


def test_the_numbers_repeat(experiment, lab):
    assert experiment("gradients", {}).document["numbers"] == lab("gradients").document["numbers"]


def test_a_line_of_the_labs_own_is_never_called_the_learners(experiment):
    text = "import torch\ndef conv2d(x, weight, bias=None, stride=1, padding=0):\n    print('I return nothing')\n"
    result = experiment("receptive-field", {"conv2d": text})
    assert result.document["failures"]
    assert "line" not in failures(result)


def test_without_solutions_the_missing_file_is_named(experiment, monkeypatch, tmp_path):
    import chapter10.course

    shutil.copytree(folder("exercises"), tmp_path / "exercises")
    real = folder
    monkeypatch.setattr(chapter10.course, "folder", lambda name: tmp_path / name if name == "solutions" else real(name))
    result = experiment("receptive-field", {})
    assert "no conv2d.py to experiment with" in failures(result)


def test_texts_of_the_learner_are_escaped_in_the_page(experiment):
    text = "def attention(q, k, v, mask=None):\n    raise ValueError('<script>alert(1)</script> \\x1b[31m')\n"
    result = experiment("cost", {"attention": text}, longest=256)
    page = result.paths[1].read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
