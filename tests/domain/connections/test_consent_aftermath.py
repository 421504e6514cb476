"""What follows a consent: marketplaces, renewals, and which connection is the default one."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from domain.connections.health import Health
from domain.connections.model import Connection, ConnectionStatus, Participation
from domain.errors import (
    AccessDenied,
    NotFound,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    Unavailable,
    UpstreamTimedOut,
)
from domain.gateway.model import Patience
from domain.marketplaces import Region
from domain.tokens.model import RefreshToken
from tests.domain.connections.bench import VISITOR, Bench
from tests.fakes.amazon import ScriptedAccounts
from tests.fakes.things import DE, FR, NOW, UK, US


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    "error",
    [
        UpstreamTimedOut("slow"),
        RateLimited("plan is empty", 60.0),
        AccessDenied("no role"),
        NotFound("404"),
        Unavailable("stopping"),
    ],
)
def test_a_grant_survives_marketplaces_that_cannot_be_asked_for(bench: Bench, error: PortsideError) -> None:
    bench.accounts.trouble.append(error)

    connection = bench.connect()

    assert connection.status is ConnectionStatus.DEGRADED
    assert connection.last_error is not None
    assert (connection.marketplace_ids, connection.participations_at) == ((US,), None)
    assert {row.next_run_at for row in bench.store.tables.resources.values()} == {NOW}
    assert [event.data["status"] for event in bench.store.tables.events] == ["connected", "degraded"]


def test_marketplaces_of_other_regions_or_none_at_all_are_left_out(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (US, DE, "NON-AMAZON")

    assert bench.connect().marketplace_ids == (US,)


def test_a_seller_who_does_not_sell_where_the_consent_was_gets_a_home_elsewhere(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (DE, FR)

    connection = bench.connect(marketplace_id=UK)

    assert connection.marketplace_id in connection.marketplace_ids == tuple(sorted([DE, FR]))


@dataclass
class RevokingAccounts(ScriptedAccounts):
    """Amazon lets us know during the callback that the seller has gone."""

    health: Health | None = None

    def participations(self, connection: Connection, patience: Patience) -> list[Participation]:
        assert self.health is not None
        self.health.revoked(connection.id, "The seller has gone.")
        raise ReauthorizationRequired("The seller has gone.")


def test_a_grant_that_dies_at_once_is_not_scheduled_again() -> None:
    accounts = RevokingAccounts()
    bench = Bench(accounts=accounts)
    accounts.health = bench.health

    connection = bench.connect()

    assert connection.status is ConnectionStatus.REAUTHORIZATION_REQUIRED
    assert {row.next_run_at for row in bench.store.tables.resources.values()} == {None}


# Again


def test_renewing_keeps_the_connection_and_its_cursors(bench: Bench) -> None:
    first = bench.connect()
    with bench.work() as work:
        task = work.sync.claim(NOW, "w", NOW + timedelta(minutes=5), 1)[0]
        work.sync.advance(task.lease, {"token": "page:2"}, task.run.progress, NOW)
        work.commit()
    bench.clock.advance(timedelta(days=300))

    again = bench.connect()

    assert (again.id, again.connected_at) == (first.id, NOW)
    assert again.authorized_at == NOW + timedelta(days=300)
    assert len(bench.mine()) == 1
    resource = bench.store.tables.resources[first.id, task.lease.resource]
    assert resource.cursor == {"token": "page:2"}
    assert bench.deeds == ["connection.connected", "connection.renewed"]


@pytest.mark.parametrize("gone", ["revoked", "disconnected"])
def test_renewing_revives_what_had_stopped(bench: Bench, gone: str) -> None:
    connection = bench.connect()
    if gone == "revoked":
        bench.health.revoked(connection.id, "The seller has left.")
    else:
        bench.connections.disconnect(bench.user, VISITOR)

    again = bench.connect()

    assert (again.id, again.status, again.last_error) == (connection.id, ConnectionStatus.CONNECTED, None)
    assert {row.next_run_at for row in bench.store.tables.resources.values()} == {NOW}
    assert bench.store.tables.tokens[again.id].refresh_token == RefreshToken("Atzr|code-1")


def test_the_same_seller_in_another_region_is_another_connection(bench: Bench) -> None:
    bench.connect(marketplace_id=US)
    bench.accounts.marketplace_ids = (DE,)

    second = bench.connect(marketplace_id=DE)

    assert len(bench.mine()) == 2
    assert (second.region, second.is_default) == (Region.EU, False)


def test_a_new_seller_takes_the_place_of_one_who_has_left(bench: Bench) -> None:
    bench.connect("SELLER1")
    bench.connections.disconnect(bench.user, VISITOR)

    bench.connect("SELLER2")

    assert [(one.seller_id, one.is_default) for one in bench.mine()] == [
        ("SELLER2", True),
        ("SELLER1", False),
    ]


def test_who_comes_back_does_not_push_the_default_one_aside(bench: Bench) -> None:
    first = bench.connect("SELLER1")
    bench.connect("SELLER2")
    bench.connections.disconnect(bench.user, VISITOR, first.id)

    bench.connect("SELLER1")

    assert [(one.seller_id, one.is_default) for one in bench.mine()] == [
        ("SELLER2", True),
        ("SELLER1", False),
    ]
