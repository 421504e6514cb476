"""Handing over the default connection, with the unique index of a real database watching."""

from dataclasses import replace
from datetime import timedelta

from domain.connections.catalog import Connections
from domain.connections.model import Provider
from domain.users.model import Visitor
from tests.contracts.backends import Backend
from tests.contracts.samples import NOW, connected, registered
from tests.fakes.clock import HeldClock

VISITOR = Visitor("192.0.2.1")


def test_the_default_is_handed_over_when_its_connection_leaves(backend: Backend) -> None:
    user = registered(backend)
    connected(backend, user, "SELLER1", is_default=True)
    connected(backend, user, "SELLER2", connected_at=NOW + timedelta(days=1))
    catalog = Connections(backend.work, backend.look, HeldClock(NOW))

    gone = catalog.disconnect(user, VISITOR)

    kept = catalog.of(user.id)
    assert gone.seller_id == "SELLER1"
    assert [(one.seller_id, one.is_default) for one in kept] == [("SELLER2", True), ("SELLER1", False)]


def test_the_default_moves_in_one_transaction_or_not_at_all(backend: Backend) -> None:
    user = registered(backend)
    first = connected(backend, user, "SELLER1", is_default=True)
    second = connected(backend, user, "SELLER2", connected_at=NOW + timedelta(days=1))

    with backend.work() as work:
        work.connections.save(replace(first, is_default=False))
        work.connections.save(replace(second, is_default=True))

    with backend.look() as work:
        assert work.connections.of_user(user.id, Provider.AMAZON_SP)[0] == first
