"""The connection that the operator has put into the environment."""

from dataclasses import replace

import pytest

from domain.connections.environment import Environment, EnvironmentImport
from domain.connections.erasure import Erasures
from domain.connections.model import ConnectionStatus
from domain.errors import (
    AccessDenied,
    ClientRefused,
    NotConfigured,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamTimedOut,
)
from domain.marketplaces import Region
from domain.tokens.model import RefreshToken
from domain.users.access import Access
from domain.users.model import CONSOLE
from tests.domain.connections.bench import Bench
from tests.fakes.memory_sessions import MemoryPresentSessions
from tests.fakes.passwords import PlainPasswords
from tests.fakes.things import CA, DE, FR, JP, US, a_user
from tests.fakes.tokens import CountingTokens

SET = Environment(RefreshToken("Atzr|env"), "SELLER1")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def imports(bench: Bench, environment: Environment = SET) -> EnvironmentImport:
    access = Access(
        bench.work,
        bench.look,
        MemoryPresentSessions(bench.store),
        PlainPasswords(),
        CountingTokens(),
        bench.clock,
        "plain:nobody's",
    )
    return EnvironmentImport(environment, bench.look, access, bench.lwa, bench.accounts, bench.grants)


@pytest.mark.parametrize(
    ("ids", "region", "home", "asked_in"),
    [
        ((US, CA), Region.NA, CA, ["na"]),
        ((DE, FR), Region.EU, FR, ["na", "eu"]),
        ((JP,), Region.FE, JP, ["na", "eu", "fe"]),
    ],
)
def test_the_region_is_found_by_asking(
    bench: Bench, ids: tuple[str, ...], region: Region, home: str, asked_in: list[str]
) -> None:
    bench.accounts.marketplace_ids = ids

    accepted = imports(bench).run(CONSOLE)

    connection = accepted.connection
    assert not accepted.renewed
    assert (connection.region, connection.marketplace_id, connection.user_id) == (region, home, bench.user.id)
    assert set(connection.marketplace_ids) == set(ids)
    assert bench.accounts.asked_in == asked_in
    assert bench.lwa.asked_with == [RefreshToken("Atzr|env")]
    assert bench.store.tables.tokens[connection.id].refresh_token == RefreshToken("Atzr|env")


def test_where_one_address_stands_for_all_regions_the_answer_tells_the_region(bench: Bench) -> None:
    bench.accounts.one_address = True
    bench.accounts.marketplace_ids = (DE,)

    connection = imports(bench).run(CONSOLE).connection

    assert (connection.region, bench.accounts.asked_in) == (Region.EU, ["na"])


def test_again_it_is_renewed_and_asked_for_where_it_was_found(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (DE,)
    first = imports(bench).run(CONSOLE).connection
    bench.accounts.asked_in.clear()

    again = imports(bench, replace(SET, refresh_token=RefreshToken("Atzr|env-2"))).run(CONSOLE)

    assert (again.renewed, again.connection.id) == (True, first.id)
    assert bench.accounts.asked_in == ["eu"]
    assert bench.store.tables.tokens[first.id].refresh_token == RefreshToken("Atzr|env-2")


def test_it_is_in_the_audit_log(bench: Bench) -> None:
    imports(bench).run(CONSOLE)

    (entry,) = bench.entries
    assert (entry.actor, entry.address) == ("console", "console")
    assert dict(entry.details) == {"seller_id": "SELLER1", "region": "na", "door": "environment"}


def test_it_is_for_the_owner_who_is_named(bench: Bench) -> None:
    other = a_user("Eve@example.com")
    with bench.work() as work:
        work.users.add(other, None)
        work.commit()

    connection = imports(bench, replace(SET, owner_email="eve@Example.com")).run(CONSOLE).connection

    assert connection.user_id == other.id


REFUSED = ClientRefused("x", ("AMAZON_LWA_CLIENT_SECRET",), code="invalid_client")


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        (Environment(), ("AMAZON_REFRESH_TOKEN", "AMAZON_SELLER_ID")),
        (Environment(RefreshToken("Atzr|env")), ("AMAZON_SELLER_ID",)),
        (replace(SET, owner_email="nobody@example.com"), ("AMAZON_OWNER_EMAIL",)),
    ],
)
def test_what_is_not_set_or_names_nobody_is_said(
    bench: Bench, environment: Environment, missing: tuple[str, ...]
) -> None:
    with pytest.raises(NotConfigured) as caught:
        imports(bench, environment).run(CONSOLE)

    assert caught.value.missing == missing
    assert bench.lwa.refreshes == 0


def test_without_a_user_there_is_nobody_to_own_it() -> None:
    bench = Bench()
    bench.store.tables.users.clear()

    with pytest.raises(NotConfigured, match="portside users create"):
        imports(bench).run(CONSOLE)


@pytest.mark.parametrize(
    ("error", "raised", "missing"),
    [
        (ReauthorizationRequired("invalid_grant"), NotConfigured, ("AMAZON_REFRESH_TOKEN",)),
        (REFUSED, ClientRefused, ("AMAZON_LWA_CLIENT_SECRET",)),
        (RateLimited("slow", 1.0), RateLimited, None),
        (UpstreamTimedOut("slow"), UpstreamTimedOut, None),
    ],
)
def test_what_lwa_does_not_honour_is_not_kept(
    bench: Bench, error: PortsideError, raised: type[PortsideError], missing: tuple[str, ...] | None
) -> None:
    bench.lwa.renewals.append(error)

    with pytest.raises(raised) as caught:
        imports(bench).run(CONSOLE)

    assert getattr(caught.value, "missing", None) == missing
    assert (bench.mine(), bench.deeds) == ([], ["connection.refused"])
    assert bench.entries[-1].details["door"] == "environment"


def test_a_seller_who_sells_nowhere_is_not_kept(bench: Bench) -> None:
    bench.accounts.trouble.extend([AccessDenied("no role")] * 3)

    with pytest.raises(NotConfigured, match="Selling Partner Insights"):
        imports(bench).run(CONSOLE)

    assert (bench.mine(), bench.accounts.asked_in) == ([], ["na", "eu", "fe"])


def test_a_region_that_does_not_answer_may_be_the_right_one(bench: Bench) -> None:
    bench.accounts.trouble.append(UpstreamTimedOut("slow"))

    with pytest.raises(UpstreamTimedOut):
        imports(bench).run(CONSOLE)

    assert bench.mine() == []


# At the start of the server


def test_at_the_start_it_is_imported_once(bench: Bench) -> None:
    imports(bench).at_start()
    imports(bench).at_start()

    (connection,) = bench.mine()
    assert (connection.status, bench.lwa.refreshes) == (ConnectionStatus.CONNECTED, 1)
    assert [(entry.actor, entry.address) for entry in bench.entries] == [("system", "")]


def test_a_start_does_not_bring_back_what_the_user_has_left(bench: Bench) -> None:
    imports(bench).at_start()
    bench.connections.disconnect(bench.user, CONSOLE)

    imports(bench).at_start()

    (connection,) = bench.mine()
    assert (connection.status, bench.lwa.refreshes) == (ConnectionStatus.DISCONNECTED, 1)


def test_a_start_does_not_bring_back_what_was_erased_for_good(bench: Bench) -> None:
    imports(bench).at_start()
    (connection,) = bench.mine()
    Erasures(bench.work, bench.look, bench.clock).request(bench.user, CONSOLE, connection.id)

    imports(bench).at_start()

    assert (bench.mine(), bench.lwa.refreshes) == ([], 1)
    assert not imports(bench).run(CONSOLE).renewed


def test_a_start_is_not_kept_from_importing_by_the_erasure_of_another_seller(bench: Bench) -> None:
    other = bench.connect("SELLER2")
    Erasures(bench.work, bench.look, bench.clock).request(bench.user, CONSOLE, other.id)

    imports(bench).at_start()

    assert [connection.seller_id for connection in bench.mine()] == ["SELLER1"]


@pytest.mark.parametrize("environment", [Environment(), replace(SET, seller_id=None)])
def test_a_start_without_the_settings_does_nothing(bench: Bench, environment: Environment) -> None:
    imports(bench, environment).at_start()

    assert (bench.mine(), bench.lwa.refreshes) == ([], 0)


def test_a_start_without_users_waits_for_one(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.store.tables.users.clear()

    with caplog.at_level("INFO"):
        imports(bench).at_start()

    assert "when there is a user" in caplog.text


@pytest.mark.parametrize("error", [ReauthorizationRequired("invalid_grant"), ZeroDivisionError("a defect")])
def test_a_start_goes_on_whatever_happens(
    bench: Bench, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    bench.lwa.renewals.append(error)

    imports(bench).at_start()

    assert bench.mine() == []
    assert "is not imported" in caplog.text
    assert "Atzr|env" not in caplog.text


def test_nothing_shows_the_token() -> None:
    assert "Atzr|env" not in repr(SET)
