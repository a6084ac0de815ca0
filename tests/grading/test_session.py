"""Grading many submissions in one session: each by its own code, in any order, with points for what works."""

import pytest

from chapter10.course import load_course
from chapter10.errors import EngineError
from chapter10.grading.session import open_session
from chapter10.sandbox.engine import Engine

ATTENTION = load_course()["attention"]


def bank(name):
    return next(path for path in ATTENTION.bank("misconceptions") if path.stem == name).read_text()


@pytest.fixture(scope="module")
def verdicts():
    """A class of submissions, graded in one session: the right ones and the wrong ones take turns."""
    right, stub = ATTENTION.solution.read_text(), ATTENTION.stub.read_text()
    crash = "import ctypes\n" + right.replace(
        "    scores = query", "    if query.dim() == 4: ctypes.string_at(0)\n    scores = query", 1
    )
    swallowed = "    try: torch.nn.functional.scaled_dot_product_attention(query, key, value)\n    except Exception: pass\n"
    hidden = right.replace("    scores = query", f"{swallowed}    scores = query", 1)
    class_of = {
        "right": right,
        "stub": stub,
        "right again": right,
        "no scaling": bank("no_scaling"),
        "mask inverted": bank("mask_inverted"),
        "right once more": right,
        "crash": crash,
        "exit": "import os\nos._exit(0)",
        "hidden": hidden,
        "last right": right,
    }
    return open_session(
        [ATTENTION], lambda grader: {name: grader.grade(ATTENTION, text) for name, text in class_of.items()}, seed=1
    )


@pytest.mark.parametrize("name", ["right", "right again", "right once more", "last right"])
def test_right_answers_pass_whoever_came_before(verdicts, name):
    assert verdicts[name].status == "pass", [test for test in verdicts[name].tests if test.status != "pass"]
    assert verdicts[name].points == verdicts[name].max_points == 20


def test_wrong_answers_are_judged_by_their_own_code(verdicts):
    assert verdicts["no scaling"].misconceptions == ["no_scaling"]
    assert verdicts["mask inverted"].misconceptions == ["mask_inverted"]
    assert 0 < verdicts["mask inverted"].points < 20


def test_dependent_tests_are_skipped_with_a_friendly_line(verdicts):
    skipped = [test for test in verdicts["stub"].tests if test.status == "skip"]
    assert len(skipped) == len(verdicts["stub"].tests) - 1
    assert all(test.message.startswith("Comes after") for test in skipped)
    assert verdicts["stub"].points == 0


def test_a_crash_costs_its_own_test_and_the_rest_goes_on(verdicts):
    statuses = {test.name: test.status for test in verdicts["crash"].tests}
    assert statuses["test_numbers"] == "pass"
    assert "fail" in statuses.values()
    assert statuses["test_double"] == "pass"
    assert any("segmentation fault" in test.message for test in verdicts["crash"].tests)


def test_a_swallowed_refusal_is_still_a_forbidden_call(verdicts):
    verdict = verdicts["hidden"]
    assert verdict.points == 0
    assert "off limits" in verdict.tests[0].message
    assert any(flag.kind == "forbidden" for flag in verdict.flags)


def test_the_environment_is_recorded(verdicts):
    environment = verdicts["right"].environment
    assert environment["seed"] == 1
    assert environment["isolation"] in ("full", "partial", "process")
    assert environment["threads"] == 1


def test_without_any_wall_grading_still_works():
    with Engine("none") as engine:
        verdict = open_session([ATTENTION], lambda grader: grader.grade(ATTENTION, bank("no_scaling")), engine=engine)
    assert verdict.misconceptions == ["no_scaling"]
    assert verdict.environment["isolation"] != "full"
    assert verdict.environment["missing_walls"]


def test_a_level_that_is_not_there_is_refused():
    with Engine("none") as engine, pytest.raises(EngineError, match="full isolation"):
        open_session([ATTENTION], lambda grader: grader.require("full"), engine=engine)
