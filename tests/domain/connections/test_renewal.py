"""Renewing a consent: for the same seller, the same region, and with everything that was there before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.consent import Returned
from domain.connections.model import Connection, ConnectionStatus, Door
from domain.connections.self_authorised import Brought
from domain.errors import ConsentFailed, InvalidInput, NotFound
from domain.marketplaces import MARKETPLACES, Region
from domain.tokens.model import LwaClient, RefreshToken
from tests.domain.connections.bench import BROWSER, VISITOR, Bench
from tests.fakes.things import CA, DE, NOW, US, a_user, kept


@pytest.fixture
def bench() -> Bench:
    return Bench()


def renewing(bench: Bench, connection: Connection, marketplace_id: str | None = None) -> str:
    """Ask for the renewal; returns the state that travels with the seller."""
    url = bench.consent.start(bench.user, BROWSER, marketplace_id, connection.id)
    return url.partition("state=")[2].partition("&")[0]


def finish(bench: Bench, state: str, seller_id: str = "SELLER1") -> Connection:
    returned = Returned(state, "code-2", seller_id, None)
    return bench.consent.finish(bench.user, VISITOR, BROWSER, returned)


@pytest.mark.parametrize("marketplace_id", sorted(MARKETPLACES))
def test_a_consent_may_be_asked_for_in_every_marketplace(bench: Bench, marketplace_id: str) -> None:
    bench.accounts.marketplace_ids = (marketplace_id,)

    connection = bench.connect(marketplace_id=marketplace_id)

    assert (connection.marketplace_id, connection.region) == (
        marketplace_id,
        MARKETPLACES[marketplace_id].region,
    )


def test_a_renewal_is_asked_for_where_the_connection_is_at_home(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (DE,)
    connection = bench.connect(marketplace_id=DE)

    url = bench.consent.start(bench.user, BROWSER, None, connection.id)

    (state,) = bench.store.tables.states.values()
    assert url.startswith(f"https://consent.test/{DE}?")
    assert (state.expected_seller_id, state.region, state.door) == ("SELLER1", Region.EU, Door.WEBSITE)


def test_a_renewal_may_be_asked_for_in_another_marketplace_of_the_region_only(bench: Bench) -> None:
    connection = bench.connect()

    url = bench.consent.start(bench.user, BROWSER, CA, connection.id)

    assert url.startswith(f"https://consent.test/{CA}?")
    with pytest.raises(InvalidInput) as caught:
        bench.consent.start(bench.user, BROWSER, DE, connection.id)
    assert set(caught.value.fields) == {"marketplace_id"}


def test_somebody_elses_connection_can_not_be_renewed(bench: Bench) -> None:
    connection = bench.connect()

    with pytest.raises(NotFound):
        bench.consent.start(a_user("eve@example.com"), BROWSER, None, connection.id)


@pytest.mark.parametrize("status", list(ConnectionStatus))
def test_a_renewal_connects_again_from_any_state(bench: Bench, status: ConnectionStatus) -> None:
    connection = bench.connect()
    with bench.work() as work:
        work.connections.save(replace(connection, status=status))
        work.commit()
    bench.clock.advance(timedelta(days=340))

    again = finish(bench, renewing(bench, connection))

    assert (again.id, again.connected_at, again.status) == (connection.id, NOW, ConnectionStatus.CONNECTED)
    assert again.authorized_at == NOW + timedelta(days=340)
    assert bench.deeds[-1] == "connection.renewed"


def test_another_seller_renews_nothing_and_the_code_is_not_exchanged(bench: Bench) -> None:
    connection = bench.connect()
    exchanges, tables = bench.lwa.exchanges, bench.store.tables.snapshot()

    with pytest.raises(ConsentFailed) as caught:
        finish(bench, renewing(bench, connection), "SELLER2")

    assert (caught.value.code, bench.lwa.exchanges) == ("invalid_state", exchanges)
    assert (bench.store.tables.connections, bench.store.tables.tokens) == (tables.connections, tables.tokens)
    entry = bench.entries[-1]
    assert (entry.action, entry.address) == ("connection.renewal_refused", VISITOR.address)
    assert dict(entry.details) == {
        "code": "invalid_state",
        "door": "website",
        "expected_seller_id": "SELLER1",
        "seller_id": "SELLER2",
    }


def test_whoever_comes_back_with_a_wrong_seller_has_burnt_the_state(bench: Bench) -> None:
    state = renewing(bench, bench.connect())
    with pytest.raises(ConsentFailed):
        finish(bench, state, "SELLER2")

    with pytest.raises(ConsentFailed) as caught:
        finish(bench, state)

    assert caught.value.code == "invalid_state"


def test_a_renewal_keeps_the_chosen_marketplaces_and_drops_the_own_client(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (US, CA)
    own = LwaClient("amzn1.application-oa2-client.own", "own secret")
    brought = Brought(
        "SELLER1", RefreshToken("Atzr|own"), (CA,), client=own, iam_role_arn="arn:aws:iam::1:role/x"
    )
    connection = bench.self_authorised.connect(bench.user, VISITOR, brought).connection

    again = finish(bench, renewing(bench, connection))

    assert (again.chosen_ids, again.marketplace_ids) == ((CA,), (CA,))
    assert (again.lwa_client_id, again.iam_role_arn) == (None, connection.iam_role_arn)
    row = bench.store.tables.tokens[again.id]
    assert (row.refresh_token, row.client_secret) == (RefreshToken("Atzr|code-2"), None)


@pytest.mark.parametrize(
    ("error", "code"),
    [("access_denied", "access_denied"), (None, "missing_params")],
)
def test_a_consent_that_came_to_nothing_is_in_the_audit_log(
    bench: Bench, error: str | None, code: str
) -> None:
    state = bench.start()

    with pytest.raises(ConsentFailed):
        bench.consent.finish(bench.user, VISITOR, BROWSER, Returned(state, None, None, error))

    (entry,) = bench.entries
    assert (entry.action, entry.actor) == ("connection.refused", bench.user.email)
    assert dict(entry.details) == {"code": code, "door": "website"}


def test_an_unknown_state_is_in_the_audit_log_of_whoever_brought_it(bench: Bench) -> None:
    with pytest.raises(ConsentFailed):
        finish(bench, "forged")

    (entry,) = bench.entries
    assert dict(entry.details) == {"code": "invalid_state", "door": "unknown"}


@pytest.mark.parametrize("seller_id", ["", "A B", "A" * 65, "A\n", "<script>"])
def test_what_can_be_no_seller_is_no_seller(bench: Bench, seller_id: str) -> None:
    with pytest.raises(ConsentFailed) as caught:
        finish(bench, bench.start(), seller_id)

    assert (caught.value.code, bench.lwa.exchanges) == ("missing_params", 0)


def test_a_year_after_the_consent_the_authorization_ends(bench: Bench) -> None:
    connection = bench.connect()

    assert connection.renew_before == NOW + timedelta(days=365)
    assert [connection.renewal_due(NOW + timedelta(days=day)) for day in (334, 335, 400)] == [
        False,
        True,
        True,
    ]
    assert kept(bench.store, connection).renew_before == connection.renew_before
