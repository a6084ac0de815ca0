"""Each lab runs once through the real command line, in `--quick`, and is looked at from many sides."""

import functools

import pytest


@pytest.fixture(scope="session")
def run(command_line, tmp_path_factory):
    """Run `chapter10 …` in a folder of its own."""

    def command(*arguments, cwd=None, **env):
        return command_line(*arguments, cwd=cwd or tmp_path_factory.mktemp("lab"), timeout=200, **env)

    return command


@pytest.fixture(scope="session")
def lab(run):
    """A lab's quick run with the reference, made once."""
    return functools.cache(lambda name: run("lab", name, "--quick", "--json"))
