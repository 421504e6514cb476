"""Ways out to Amazon, closed after each test."""

from collections.abc import Iterator

import pytest
import responses

from adapters.http import Outbound


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    """Patient enough for a loaded machine."""
    made = Outbound.with_pool(timeout_seconds=20.0, pool_size=4)
    yield made
    made.adapter.close()


@pytest.fixture
def upstream() -> Iterator[responses.RequestsMock]:
    """Amazon, as far as a test has told it what to say."""
    with responses.RequestsMock() as mock:
        yield mock
