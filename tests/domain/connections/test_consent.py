"""Consent, from the state that goes out to the connection that comes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.consent import Returned
from domain.connections.model import ConnectionStatus, Grant, Provider
from domain.errors import (
    ConsentFailed,
    InvalidInput,
    NotConfigured,
    RateLimited,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.marketplaces import Region
from domain.sync.model import Resource
from domain.tokens.model import AccessToken, RefreshToken
from tests.domain.connections.bench import BROWSER, VISITOR, Bench
from tests.fakes.things import CA, DE, NOW, US, a_user

GRANT = Grant(RefreshToken("Atzr|kept"), AccessToken("Atza|kept", NOW + timedelta(hours=1)))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def finish(bench: Bench, returned: Returned, browser: str | None = BROWSER) -> str:
    """The code with which a consent fails."""
    with pytest.raises(ConsentFailed) as caught:
        bench.consent.finish(bench.user, VISITOR, browser, returned)
    return caught.value.code


# Going out


def test_starting_gives_the_address_of_the_page_and_calls_nobody(bench: Bench) -> None:
    url = bench.consent.start(bench.user, BROWSER, DE)

    assert url == f"https://consent.test/{DE}?state=token-1&redirect_uri=https://portside.test/callback"
    assert (bench.lwa.exchanges, bench.accounts.asked) == (0, 0)


def test_the_state_and_the_browser_are_kept_by_their_hash_only(bench: Bench) -> None:
    bench.start()

    (kept,) = bench.store.tables.states.values()
    assert len(kept.state_hash) == len(kept.browser_hash) == 64
    assert (kept.user_id, kept.region, kept.expires_at) == (
        bench.user.id,
        Region.NA,
        NOW + timedelta(minutes=10),
    )


def test_an_unknown_marketplace_is_refused_with_those_that_are_known(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match=US) as caught:
        bench.start("NOWHERE")

    assert list(caught.value.fields) == ["marketplace_id"]


def test_without_an_application_no_state_is_left_behind(bench: Bench) -> None:
    bench.pages.missing = ("AMAZON_APP_ID",)

    with pytest.raises(NotConfigured) as caught:
        bench.start()

    assert caught.value.missing == ("AMAZON_APP_ID",)
    assert bench.store.tables.states == {}


# Coming back


def test_a_consent_makes_a_connection_with_tokens_marketplaces_and_a_schedule(bench: Bench) -> None:
    bench.accounts.marketplace_ids = (US, CA)
    bench.lwa.grants.append(GRANT)

    connection = bench.connect()

    assert (connection.seller_id, connection.status) == ("SELLER1", ConnectionStatus.CONNECTED)
    assert (connection.region, connection.marketplace_id) == (Region.NA, US)
    assert connection.marketplace_ids == tuple(sorted([US, CA]))
    assert connection.is_default
    assert connection.connected_at == connection.authorized_at == connection.participations_at == NOW
    row = bench.store.tables.tokens[connection.id]
    assert (row.refresh_token, row.access_token) == (GRANT.refresh_token, GRANT.access_token)
    due = {key[1]: row.next_run_at for key, row in bench.store.tables.resources.items()}
    assert due == dict.fromkeys(Resource.of(Provider.AMAZON_SP), NOW)


def test_a_consent_is_in_the_audit_log_and_told_to_listeners(bench: Bench) -> None:
    connection = bench.connect()

    (entry,) = bench.entries
    (event,) = bench.store.tables.events
    assert (entry.action, entry.actor, entry.address) == (
        "connection.connected",
        bench.user.email,
        VISITOR.address,
    )
    assert (entry.connection_id, dict(entry.details)) == (
        connection.id,
        {"seller_id": "SELLER1", "region": "na", "door": "website"},
    )
    assert (event.kind, event.user_id) == ("connection.changed", bench.user.id)
    assert event.data == {"connection_id": str(connection.id), "status": "connected"}


def test_no_secret_leaves_its_place(bench: Bench) -> None:
    bench.lwa.grants.append(GRANT)

    bench.connect()

    told = repr([bench.entries, bench.store.tables.events, bench.mine(), bench.store.tables.states])
    assert "Atzr|" not in told
    assert "Atza|" not in told
    assert "code-1" not in told


@pytest.mark.parametrize(
    ("returned", "code"),
    [
        (Returned(None, "code-1", "SELLER1", None), "missing_params"),
        (Returned("", "code-1", "SELLER1", None), "missing_params"),
        (Returned("{state}", None, "SELLER1", None), "missing_params"),
        (Returned("{state}", "", "SELLER1", None), "missing_params"),
        (Returned("{state}", "code-1", None, None), "missing_params"),
        (Returned("{state}", None, None, "access_denied"), "access_denied"),
        (Returned("{state}", "code-1", "SELLER1", "access_denied"), "access_denied"),
        (Returned("forged", None, None, "access_denied"), "invalid_state"),
        (Returned("forged", "code-1", "SELLER1", None), "invalid_state"),
    ],
)
def test_what_comes_back_wrong_connects_nothing_and_asks_nobody(
    bench: Bench, returned: Returned, code: str
) -> None:
    state = bench.start()
    if returned.state == "{state}":
        returned = replace(returned, state=state)

    assert finish(bench, returned) == code
    assert bench.mine() == []
    assert bench.lwa.exchanges == 0


def test_a_state_works_once(bench: Bench) -> None:
    returned = Returned(bench.start(), "code-1", "SELLER1", None)
    bench.consent.finish(bench.user, VISITOR, BROWSER, returned)

    assert finish(bench, returned) == "invalid_state"
    assert bench.lwa.exchanges == 1


def test_a_state_is_burnt_by_a_denial(bench: Bench) -> None:
    state = bench.start()
    finish(bench, Returned(state, None, None, "access_denied"))

    assert finish(bench, Returned(state, "code-1", "SELLER1", None)) == "invalid_state"


@pytest.mark.parametrize(("minutes", "works"), [(9.99, True), (10, False), (11, False)])
def test_a_state_lives_ten_minutes(bench: Bench, minutes: float, works: bool) -> None:
    returned = Returned(bench.start(), "code-1", "SELLER1", None)
    bench.clock.advance(timedelta(minutes=minutes))

    if works:
        assert bench.consent.finish(bench.user, VISITOR, BROWSER, returned).seller_id == "SELLER1"
    else:
        assert finish(bench, returned) == "invalid_state"


@pytest.mark.parametrize("browser", ["browser-2", "", None])
def test_a_state_works_only_in_the_browser_that_asked(bench: Bench, browser: str | None) -> None:
    returned = Returned(bench.start(), "code-1", "SELLER1", None)

    assert finish(bench, returned, browser) == "invalid_state"
    assert finish(bench, returned) == "invalid_state"  # and whoever tried has burnt it


def test_a_state_works_only_for_the_user_who_asked(bench: Bench) -> None:
    returned = Returned(bench.start(), "code-1", "SELLER1", None)

    with pytest.raises(ConsentFailed) as caught:
        bench.consent.finish(a_user("eve@example.com"), VISITOR, BROWSER, returned)

    assert caught.value.code == "invalid_state"
    assert bench.lwa.exchanges == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UpstreamRefused("used code"), "exchange_failed"),
        (UpstreamFailed("503"), "exchange_failed"),
        (UpstreamTimedOut("slow"), "exchange_failed"),
        (RateLimited("throttled", 3.0), "exchange_failed"),
        (NotConfigured("invalid_client", ("AMAZON_LWA_CLIENT_SECRET",)), "not_configured"),
    ],
)
def test_a_code_that_buys_nothing_connects_nothing(bench: Bench, error: Exception, code: str) -> None:
    bench.lwa.grants.append(error)

    assert finish(bench, Returned(bench.start(), "code-1", "SELLER1", None)) == code
    assert bench.mine() == []
    assert bench.store.tables.tokens == {}
