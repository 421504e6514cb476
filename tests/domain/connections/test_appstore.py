"""Authorization that was started at Amazon's."""

import pytest

from domain.connections.appstore import Appstore, Arrival
from domain.connections.consent import Returned
from domain.connections.model import Connection, ConnectionStatus, Door
from domain.connections.seller_central import SellerCentralAddresses
from domain.errors import ConsentFailed, InvalidInput, NotConfigured
from domain.marketplaces import Region
from tests.domain.connections.bench import BROWSER, REDIRECT_URI, VISITOR, Bench
from tests.fakes.things import CA, DE, JP, UK, US

NORTH_AMERICA = "https://sellercentral.amazon.com/apps/authorize/confirm/amzn1.sp.solution.x"
EUROPE = "https://sellercentral-europe.amazon.com/apps/authorize/confirm/amzn1.sp.solution.x"
ANYWHERE = "http://127.0.0.1:5001/apps/authorize/confirm/amzn1.sp.solution.x"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def appstore(bench: Bench) -> Appstore:
    addresses = SellerCentralAddresses(None, production=False)
    return Appstore(bench.look, addresses, bench.pages, bench.states, REDIRECT_URI)


def onward(bench: Bench, callback_uri: str = NORTH_AMERICA, seller_id: str = "SELLER1") -> str:
    arrival = Arrival(callback_uri, "amazon-state", seller_id)
    return appstore(bench).onward(bench.user, BROWSER, arrival)


def connected(bench: Bench, url: str, seller_id: str = "SELLER1") -> Connection:
    """Back from Amazon with the state that went out in this address."""
    state = url.partition("&state=")[2].partition("&")[0]
    return bench.consent.finish(bench.user, VISITOR, BROWSER, Returned(state, "code-1", seller_id, None))


def test_the_seller_goes_back_to_amazons_page_with_both_states(bench: Bench) -> None:
    url = onward(bench)

    (state,) = bench.store.tables.states.values()
    assert url == f"{NORTH_AMERICA}?amazon_state=amazon-state&state=token-1&redirect_uri={REDIRECT_URI}"
    assert (state.door, state.expected_seller_id, state.region) == (Door.APPSTORE, "SELLER1", Region.NA)
    assert (bench.lwa.exchanges, bench.accounts.asked) == (0, 0)


def test_what_amazon_sends_then_ends_in_a_connection(bench: Bench) -> None:
    connection = connected(bench, onward(bench))

    assert (connection.seller_id, connection.status) == ("SELLER1", ConnectionStatus.CONNECTED)
    assert bench.entries[-1].details["door"] == "appstore"


def test_it_is_also_the_way_of_the_yearly_renewal(bench: Bench) -> None:
    first = bench.connect()

    again = connected(bench, onward(bench))

    assert again.id == first.id
    assert bench.deeds == ["connection.connected", "connection.renewed"]


def test_another_seller_than_amazon_announced_connects_nothing(bench: Bench) -> None:
    url = onward(bench)

    with pytest.raises(ConsentFailed) as caught:
        connected(bench, url, "SELLER2")

    assert (caught.value.code, bench.lwa.exchanges, bench.mine()) == ("invalid_state", 0, [])
    assert bench.deeds == ["connection.refused"]
    assert bench.entries[-1].details["door"] == "appstore"


@pytest.mark.parametrize(
    ("callback_uri", "marketplace_id"),
    [
        (NORTH_AMERICA, US),
        (EUROPE, DE),
        ("https://sellercentral.amazon.ca/x", CA),
        ("https://sellercentral.amazon.co.jp/x", JP),
        (ANYWHERE, US),
    ],
)
def test_amazons_address_tells_where_the_seller_is_at_home(
    bench: Bench, callback_uri: str, marketplace_id: str
) -> None:
    onward(bench, callback_uri)

    (state,) = bench.store.tables.states.values()
    assert state.marketplace_id == marketplace_id


@pytest.mark.parametrize("callback_uri", [EUROPE, ANYWHERE])
def test_a_known_seller_is_at_home_where_they_are_connected(bench: Bench, callback_uri: str) -> None:
    bench.accounts.marketplace_ids = (UK,)
    bench.connect(marketplace_id=UK)

    onward(bench, callback_uri)

    (state,) = bench.store.tables.states.values()
    assert (state.marketplace_id, state.region) == (UK, Region.EU)


def test_an_address_of_another_region_means_another_connection(bench: Bench) -> None:
    bench.connect()
    bench.accounts.marketplace_ids = (DE,)

    second = connected(bench, onward(bench, EUROPE))

    assert (len(bench.mine()), second.region) == (2, Region.EU)


@pytest.mark.parametrize(
    ("arrival", "fields"),
    [
        (Arrival("https://evil.example/x", "s", "SELLER1"), {"amazon_callback_uri"}),
        (Arrival(NORTH_AMERICA, "", "SELLER1"), {"amazon_state"}),
        (Arrival(NORTH_AMERICA, "a\nb", "SELLER1"), {"amazon_state"}),
        (Arrival(NORTH_AMERICA, "s" * 1025, "SELLER1"), {"amazon_state"}),
        (Arrival(NORTH_AMERICA, "s", ""), {"selling_partner_id"}),
        (Arrival(NORTH_AMERICA, "s", "A/B"), {"selling_partner_id"}),
        (Arrival("x", "", ""), {"amazon_callback_uri", "amazon_state", "selling_partner_id"}),
    ],
)
def test_what_does_not_come_from_amazon_is_refused_field_by_field(
    bench: Bench, arrival: Arrival, fields: set[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        appstore(bench).onward(bench.user, BROWSER, arrival)

    assert set(caught.value.fields) == fields
    assert bench.store.tables.states == {}


def test_without_an_application_nobody_is_sent_on(bench: Bench) -> None:
    bench.pages.missing = ("AMAZON_APP_ID",)

    with pytest.raises(NotConfigured):
        onward(bench)

    assert bench.store.tables.states == {}


def test_amazons_state_is_shown_nowhere() -> None:
    assert "amazon-state" not in repr(Arrival(NORTH_AMERICA, "amazon-state", "SELLER1"))
