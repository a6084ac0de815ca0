"""What the tests share: one warm engine for all of them."""

from collections.abc import Iterator

import pytest

from chapter10.sandbox.engine import Engine
from chapter10.sandbox.limits import Limits


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A warm engine whose limits are reached soon."""
    with Engine(limits=Limits(memory=384 << 20, cpu=60)) as warm:
        yield warm
