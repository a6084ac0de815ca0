"""What a learner prints: both ends kept, the middle dropped, never more than the limit."""

import pytest

from chapter10.sandbox.output import CappedOutput


def test_short_output_stays():
    output = CappedOutput(100)
    print("one", "two", file=output)
    assert output.take() == "one two\n"
    assert output.take() == ""


def test_the_middle_is_dropped():
    output = CappedOutput(20)
    for number in range(1000):
        output.write(f"{number:04}")
    text = output.take()
    assert text.startswith("0000000100")
    assert text.endswith("9809980999"[-10:]) or text.endswith("0999")
    assert "3,980 characters left out" in text


def test_a_flood_costs_no_memory():
    output = CappedOutput(1000)
    for _ in range(100):
        output.write("x" * 1_000_000)
    assert len(output.take()) < 1100


def test_only_text():
    output = CappedOutput(10)
    assert output.writable()
    with pytest.raises(TypeError):
        output.write(b"bytes")
