"""Handing out a connection's data: never without its being written down."""

from uuid import uuid4

import pytest

from domain.connections.export import Exports
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.users.model import CONSOLE
from tests.domain.connections.bench import Bench
from tests.fakes.memory_records import MemoryRecords


@pytest.fixture
def bench() -> Bench:
    return Bench()


def exports(bench: Bench) -> Exports:
    return Exports(bench.work, MemoryRecords(bench.store), bench.clock)


def test_who_took_the_data_is_written_down_before_the_first_row(bench: Bench) -> None:
    connection = bench.connect()

    rows = exports(bench).of(connection.id, CONSOLE)

    entry = bench.entries[-1]
    assert (entry.action, entry.actor, entry.address) == ("connection.exported", "console", "console")
    assert (entry.user_id, entry.connection_id) == (bench.user.id, connection.id)
    assert next(rows)["id"] == str(connection.id)


def test_what_does_not_exist_can_not_be_exported(bench: Bench) -> None:
    with pytest.raises(NotFound):
        exports(bench).of(ConnectionId(uuid4()), CONSOLE)

    assert bench.entries == []
