"""A desk that is closed when the test is over."""

from collections.abc import Iterator

import pytest

from tests.domain.events.bench import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.live.close()
