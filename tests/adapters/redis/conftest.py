"""A Valkey of the tests' own."""

from collections.abc import Iterator

import pytest

from adapters.redis.server import RedisServer
from adapters.system import SystemStopwatch
from tests import servers


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """An empty one."""
    made = RedisServer.at(servers.valkey().fresh_database(), SystemStopwatch())
    yield made
    made.client.close()
