"""Consent to advertising: out with a state, back with a code, and what is kept of it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.ads.accounts import AccountType, Listing
from domain.connections.consent import Returned
from domain.connections.model import Connection, ConnectionStatus, Provider
from domain.errors import (
    ClientRefused,
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
from domain.users.model import User, Visitor
from tests.fakes.things import JP
from tests.fakes.world import World

VISITOR = Visitor("203.0.113.9")
BROWSER = "browser-1"


@pytest.fixture
def world() -> World:
    return World()


def start(world: World, region: str | None = None, user: User | None = None) -> tuple[str, str]:
    """The address of the consent page, and the state in it."""
    url = world.services.ads.consent.start(user or world.user, BROWSER, region)
    return url, parse_qs(urlsplit(url).query)["state"][0]


def finish(
    world: World,
    state: str | None,
    code: str | None = "code-1",
    error: str | None = None,
    browser: str | None = BROWSER,
    user: User | None = None,
) -> Connection:
    returned = Returned(state, code, None, error)
    return world.services.ads.consent.finish(user or world.user, VISITOR, browser, returned)


def connect(world: World, region: str | None = None, code: str = "code-1") -> Connection:
    return finish(world, start(world, region)[1], code)


def test_starting_calls_nobody_and_goes_to_the_page_of_the_region(world: World) -> None:
    url, _state = start(world, "fe")

    assert url.startswith("https://ads-consent.test/fe?")
    assert world.amazon_ads.tokens.exchanged == []


def test_a_region_that_there_is_not_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="na, eu or fe"):
        start(world, "world")


def test_without_a_region_the_page_is_that_of_where_the_user_sells(world: World) -> None:
    world.connect(world.user, JP)

    assert start(world)[0].startswith("https://ads-consent.test/fe?")
    assert start(world, user=world.stranger)[0].startswith("https://ads-consent.test/na?")


def test_without_a_client_nobody_is_sent_anywhere(world: World) -> None:
    world.amazon_ads.pages.lacking = ("AMAZON_ADS_CLIENT_ID",)

    with pytest.raises(NotConfigured):
        start(world)

    assert world.store.tables.states == {}


def test_a_code_becomes_a_connection_with_its_tokens_and_its_first_sync(world: World) -> None:
    connection = connect(world, "eu")

    assert (connection.provider, connection.region) == (Provider.AMAZON_ADS, Region.EU)
    assert (connection.seller_id, connection.marketplace_id) == ("amazon-ads", "")
    assert connection.is_default
    assert world.amazon_ads.tokens.exchanged == [("eu", "code-1")]
    assert world.refresh_token(connection.id) == "Atzr|code-1"
    (scheduled,) = [key for key in world.store.tables.resources if key[0] == connection.id]
    assert scheduled[1] is Resource.ADS
    assert world.deeds(world.user)[-1] == "connection.connected"
    events = [each for each in world.store.tables.events if each.user_id == world.user.id]
    assert events[-1].kind == "connection.changed"


def test_a_new_consent_on_another_page_renews_the_one_connection_that_there_is(world: World) -> None:
    first = connect(world, "na")

    second = connect(world, "eu", "code-2")

    assert (second.id, second.region) == (first.id, Region.EU)
    assert world.refresh_token(first.id) == "Atzr|code-2"
    assert len(world.services.connections.of(world.user.id, Provider.AMAZON_ADS)) == 1
    assert world.deeds(world.user)[-1] == "connection.renewed"


@pytest.mark.parametrize("status", [ConnectionStatus.REAUTHORIZATION_REQUIRED, ConnectionStatus.DISCONNECTED])
def test_a_connection_that_was_lost_is_connected_again(world: World, status: ConnectionStatus) -> None:
    lost = world.connect_ads(world.user, status)

    again = connect(world)

    assert (again.id, again.status) == (lost.id, ConnectionStatus.CONNECTED)


def test_after_a_new_consent_all_accounts_are_listed_anew(world: World) -> None:
    known = world.connect_ads(world.user)
    later = world.clock.now() + timedelta(hours=20)
    with world.work() as work:
        for kind in AccountType:
            work.ads_accounts.save_listing(Listing(known.id, world.user.id, kind, Region.WORLD, later))
        work.commit()

    connect(world)

    with world.look() as work:
        due = {listing.next_at for listing in work.ads_accounts.listings(known.id)}
    assert due == {world.clock.now()}


def test_each_user_has_a_connection_of_their_own(world: World) -> None:
    mine = connect(world)
    _url, state = start(world, user=world.stranger)

    theirs = finish(world, state, user=world.stranger)

    assert mine.id != theirs.id


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "access_denied"),
        ("invalid_scope", "not_configured"),
        ("unauthorized_client", "not_configured"),
        ("invalid_request", "not_configured"),
        ("unsupported_response_type", "not_configured"),
        ("server_error", "exchange_failed"),
        ("temporarily_unavailable", "exchange_failed"),
        ("whatever", "access_denied"),
    ],
)
def test_what_amazon_sends_back_instead_of_a_code_is_told(world: World, error: str, code: str) -> None:
    _url, state = start(world)

    with pytest.raises(ConsentFailed) as failed:
        finish(world, state, None, error)

    assert failed.value.code == code
    entry = world.store.tables.audit[-1]
    assert (entry.action, entry.details["code"]) == ("connection.refused", code)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (UpstreamRefused("used"), "exchange_failed"),
        (UpstreamFailed("500"), "exchange_failed"),
        (UpstreamTimedOut("slow"), "exchange_failed"),
        (RateLimited("slow down", 5.0), "exchange_failed"),
        (ClientRefused("no", ("AMAZON_ADS_CLIENT_SECRET",), "invalid_client"), "not_configured"),
    ],
)
def test_a_code_that_gets_no_tokens_connects_nothing(world: World, trouble: Exception, code: str) -> None:
    world.amazon_ads.tokens.grants.append(trouble)  # type: ignore[arg-type]
    _url, state = start(world)

    with pytest.raises(ConsentFailed) as failed:
        finish(world, state)

    assert failed.value.code == code
    assert world.services.connections.of(world.user.id, Provider.AMAZON_ADS) == []


def test_a_state_is_good_once_for_its_user_and_browser_and_for_ten_minutes(world: World) -> None:
    _url, used = start(world)
    finish(world, used)
    _url, elsewhere = start(world)
    _url, foreign = start(world)
    _url, late = start(world)

    codes = [
        _code_of(world, used),
        _code_of(world, elsewhere, browser="browser-2"),
        _code_of(world, foreign, user=world.stranger),
    ]
    world.clock.advance(timedelta(minutes=11))
    codes.append(_code_of(world, late))

    assert codes == ["invalid_state"] * 4
    assert len(world.amazon_ads.tokens.exchanged) == 1


def test_a_state_of_the_seller_s_consent_is_none_of_advertising(world: World) -> None:
    url = world.services.consent.start(world.user, BROWSER)
    state = parse_qs(urlsplit(url).query)["state"][0]

    assert _code_of(world, state) == "invalid_state"


def test_a_state_without_a_code_lacks_something(world: World) -> None:
    _url, state = start(world)

    with pytest.raises(ConsentFailed) as failed:
        finish(world, state, None)

    assert failed.value.code == "missing_params"


def test_disconnecting_erases_the_tokens_and_stops_the_sync(world: World) -> None:
    connection = connect(world)

    world.services.connections.disconnect(world.user, VISITOR, provider=Provider.AMAZON_ADS)

    assert world.refresh_token(connection.id) is None
    assert world.kept(connection).status is ConnectionStatus.DISCONNECTED
    assert [row.next_run_at for row in world.store.tables.resources.values()] == [None]


def _code_of(world: World, state: str, browser: str = BROWSER, user: User | None = None) -> str:
    with pytest.raises(ConsentFailed) as failed:
        finish(world, state, browser=browser, user=user)
    return failed.value.code
