"""The far side as a script, and our way out to it."""

from collections.abc import Iterator

import pytest
import responses

from adapters.http import Outbound


@pytest.fixture
def upstream() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    way = Outbound.with_pool(5, 2)
    yield way
    way.adapter.close()
