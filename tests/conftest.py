"""What the tests share: one warm engine for all that run in a process, and how they are spread over processes."""

from collections.abc import Iterator

import pytest

from chapter10.sandbox.engine import Engine
from chapter10.sandbox.limits import Limits


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A warm engine whose limits are reached soon."""
    with Engine(limits=Limits(memory=384 << 20, cpu=60)) as warm:
        yield warm


TOGETHER = ("nbgrader", "report")  # folders whose tests share something that takes long to make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep in one process (`-n auto --dist loadgroup`) what shares fixtures: a file's tests, or a whole folder's."""
    for item in items:
        folder = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group(folder if folder in TOGETHER else item.nodeid.partition("::")[0]))
