"""`--limit`: what it takes, what it refuses, and that it holds."""

import click
import pytest
from click.testing import CliRunner

from chapter10.cli.limits import NAMES, Bounds, limit_option
from chapter10.sandbox.limits import Deadlines, Limits

HANGS = "import time\n\ndef attention(query, key, value, mask=None):\n    time.sleep(60)\n"


def parse(*options):
    """Return what a command with `--limit` gets, or its complaint."""
    found = []

    @click.command()
    @limit_option
    def command(bounds: Bounds) -> None:
        found.append(bounds)

    result = CliRunner().invoke(command, [part for option in options for part in ("--limit", option)])
    return found[0] if found else result.output


def test_nothing_said_means_the_defaults():
    assert parse() == Bounds(Limits(), Deadlines())


def test_sizes_and_times_have_units():
    bounds = parse("memory=512M", "file-size=1.5k", "call=2m", "load=0.5s", "cpu=1m", "threads=4")
    assert (bounds.limits.memory, bounds.limits.file_size, bounds.limits.cpu, bounds.limits.threads) == (512 << 20, 1536, 60, 4)
    assert (bounds.deadlines.call, bounds.deadlines.load, bounds.deadlines.total) == (120.0, 0.5, Deadlines().total)


@pytest.mark.parametrize(
    "text", ["memory", "memory=", "memory=-1", "memory=lots", "cpu=nan", "files=inf", "speed=3", "call=0", "=1", "threads=4G"]
)
def test_what_is_no_limit_is_refused_with_the_names_or_an_example(text):
    complaint = parse(text)
    assert isinstance(complaint, str)
    assert "Invalid value" in complaint
    assert all(name in complaint for name in NAMES) or "such as" in complaint


def test_a_call_that_hangs_is_ended_at_its_limit(chapter10, tmp_path):
    (tmp_path / "attention.py").write_text(HANGS)
    result = chapter10("check", "attention", "--file", "attention.py", "--json", "--limit", "call=0.5s", "--limit", "total=2s")
    verdict = result.document
    assert verdict["points"] == 0
    assert "0.5" in verdict["tests"][0]["message"]
    assert verdict["duration"] < 30
