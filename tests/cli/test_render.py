"""Verdicts on consoles of every kind: narrow, without marks, for a screen reader."""

import io

import pytest
from rich.console import Console

from chapter10.cli import render
from chapter10.course import load_course
from chapter10.grading import results


def matrix(rows):
    return {"shape": [len(rows), len(rows[0])], "values": rows}


WIDE = [[round(column + row / 10, 4) for column in range(12)] for row in range(2)]
EXAMPLE = {
    "call": "attention(query, key, value)",
    "what": "result",
    "inputs": {"query": matrix(WIDE), "key": matrix([[1, 0], [0, 1]])},
    "expected": matrix([[11.95572]]),
    "yours": matrix([[11.19202]]),
    "first_difference": {"index": [0, 0], "expected": 11.95572, "yours": 11.19202},
}


@pytest.fixture
def verdict():
    failed = results.TestResult(
        "a", "The result is softmax(query · keyᵀ / √d) · value.", "fail", 0, 3, "Wrong by a lot of words. " * 4
    )
    failed.counterexample = EXAMPLE
    passed = results.TestResult("b", "Shapes are kept.", "pass", 2, 2)
    waiting = results.TestResult("c", "It learns.", "skip", 0, 1)
    return results.Verdict("attention", [passed, failed, waiting])


def shown(verdict, width=100, **options):
    console = Console(file=io.StringIO(), width=width, highlight=False, **options)
    render.print_verdict(console, load_course()["attention"], verdict)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(verdict, width):
    text = shown(verdict, width)
    assert max(map(len, text.splitlines())) <= width
    assert "[11.19]" in text


def test_a_wide_matrix_is_cut_between_columns(verdict):
    text = shown(verdict, 40)
    assert "columns 0-" in text
    assert "11.1" in text


def test_words_and_rows_for_a_screen_reader(verdict, monkeypatch):
    monkeypatch.setenv("CHAPTER10_PLAIN", "1")
    text = shown(verdict)
    assert "passed: Shapes are kept." in text
    assert "failed: The result" in text
    assert "waiting: 1 more test" in text
    assert "key, row 1: 0, 1" in text
    assert "first difference: at [0, 0], expected 11.96, yours 11.19" in text
    assert not set("✔✘→│") & set(text)


def test_without_colour_everything_is_said(verdict, monkeypatch):
    coloured = shown(verdict, force_terminal=True, color_system="truecolor")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shown(verdict, force_terminal=True)
    assert "\x1b[3" in coloured
    assert "\x1b[3" not in plain
    assert "✘" in plain
    assert "✔" in plain


def test_bars_and_durations():
    console = Console(file=io.StringIO(), width=80)
    assert render.bar(console, 0.5, 4) in ("██░░", "##..")
    assert [render.duration(minutes) for minutes in (5, 60, 85)] == ["5 min", "1 h", "1 h 25 min"]
