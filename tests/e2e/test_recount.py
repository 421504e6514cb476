"""Everything that the dashboards say of a real first sync, recounted from Amazon's own data."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests import databases, servers
from tests.e2e import recount, recount_stores, recount_whole
from tests.e2e.recount import STORE_FRONTS, Span, last_days
from tests.e2e.recount_house import DAYS, ITEMS, USERS, House, Synced, furnished
from tests.e2e.recount_stock import stock_of
from tests.e2e.told import check_lines, figures, lines_of


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The users, with all their data there."""
    home = tmp_path_factory.mktemp("recount")
    url = databases.sqlite_database(home) if request.param == "sqlite" else databases.postgres_database()
    with furnished(url, home) as found:
        yield found
    if request.param == "postgresql":
        servers.postgres().drop_database(url)


@pytest.fixture(params=USERS)
def synced(request: pytest.FixtureRequest, house: House) -> Synced:
    """One user after the other."""
    return house.users[request.param]


def test_every_figure_of_the_orders_dashboard_equals_a_recount(synced: Synced) -> None:
    for only, currency in itertools.product((None, *synced.fronts), (None, *synced.currencies)):
        front = only or synced.home
        choice = _named(marketplaceId=only, currency=currency)
        last, told = _on_one_day(front, partial(_asked, synced, "amazon-orders", choice))

        _check_orders(synced, told, choice, last_days(30, last))


@pytest.mark.parametrize("days", [7, DAYS])
def test_orders_of_other_periods_equal_a_recount(synced: Synced, days: int) -> None:
    choices = [_named(marketplaceId=each) for each in (None, *synced.fronts)]
    for choice in [*choices, *({"currency": each} for each in synced.currencies)]:
        front = choice.get("marketplaceId", synced.home)
        span = last_days(days, recount.today(front, datetime.now(UTC)))

        told = synced.person.dashboard("amazon-orders", choice | recount.days(span))

        _check_orders(synced, told, choice, span)


def test_orders_around_changes_of_the_clock_equal_a_recount(synced: Synced) -> None:
    for front in synced.fronts:
        choice = {"marketplaceId": front}
        for span in recount.around_changes_of_the_clock(STORE_FRONTS[front][0], synced.until.date(), DAYS):
            told = synced.person.dashboard("amazon-orders", choice | recount.days(span))

            _check_orders(synced, told, choice, span)


def test_every_figure_of_the_inventory_dashboard_equals_a_recount(synced: Synced) -> None:
    for only in (None, *synced.fronts):
        choice = _named(marketplaceId=only)
        last, told = _on_one_day(only or synced.home, partial(_asked, synced, "amazon-inventory", choice))

        assert figures(told) == synced.stock(last, only), only


@pytest.mark.parametrize(("by", "ranking"), [("sku", "revenue"), ("asin", "units")])
def test_every_best_seller_equals_a_recount(synced: Synced, by: str, ranking: str) -> None:
    for only in (None, *synced.fronts):
        zone, currency, _stock = STORE_FRONTS[only or synced.home]
        today = recount.today(only or synced.home, datetime.now(UTC))
        spans = [last_days(30, today), last_days(DAYS, today)]
        spans += recount.around_changes_of_the_clock(zone, today, DAYS)[:1]
        sold = [sale for sale in synced.orders if only in (None, sale.marketplace_id)]
        for span in spans:
            choice = _named(marketplaceId=only, currency=currency, by=by, sort=ranking, limit="200")
            told = synced.person.dashboard("amazon-orders/top", choice | recount.days(span))

            expected = recount_whole.expected_products(sold, by, ranking, currency, span)
            assert figures(told) == expected, (choice, span)


def test_every_item_in_stock_equals_a_recount(synced: Synced) -> None:
    for only, status in [*((each, None) for each in (None, *synced.fronts)), (None, "low"), (None, "out")]:
        choice = _named(marketplaceId=only, status=status)
        last, told = _on_one_day(only or synced.home, partial(_items, synced, choice))

        expected = {
            place: item
            for place, item in synced.items(last, only).items()
            if status in (None, item["status"])
        }
        places = [(stock_of(each["marketplaceId"]), each["sku"]) for each in told]
        assert [sku for _stock, sku in places] == sorted(sku for _stock, sku in expected)
        assert dict(zip(places, told, strict=True)) == expected, choice


def test_who_sets_a_reorder_point_is_told_what_a_recount_tells(synced: Synced) -> None:
    (stock, sku), point = next(iter(synced.points.items()))
    only = next(each for each in synced.fronts if stock_of(each) == stock)

    last, told = _on_one_day(only, lambda _today: synced.set_point(sku, point, only))

    assert told == {
        "sku": sku,
        "reorderPoint": point,
        "items": [synced.items(last, only)[stock, sku]],
    }


@pytest.mark.parametrize("days", [30, 200])
def test_channels_and_the_whole_equal_a_recount(house: House, synced: Synced, days: int) -> None:
    currencies = sorted({sale.currency for sales in synced.channels.values() for sale in sales})

    for currency in currencies:
        _check_the_whole(house, synced, currency, lambda today: last_days(days, today))


def test_channels_and_the_whole_around_changes_of_the_clock_equal_a_recount(
    house: House, synced: Synced
) -> None:
    zones = {STORE_FRONTS[each][0] for each in synced.fronts} | {synced.shop.time_zone}
    last = synced.until.date()
    for span in sorted({
        each for zone in zones for each in recount.around_changes_of_the_clock(zone, last, DAYS)
    }):  # fmt: skip
        for currency in (STORE_FRONTS[synced.home][1], synced.shop.currency):
            _check_the_whole(house, synced, currency, partial(_always, span))


def test_what_the_stock_was_equals_a_recount(house: House, synced: Synced) -> None:
    # Nobody can wait for a day to end: in a period that begins tomorrow, what was counted today is what was before.
    told = _check_the_whole(
        house, synced, STORE_FRONTS[synced.home][1], lambda today: last_days(7, today + timedelta(days=7))
    )

    assert told["inventory"]["lowStockItems"]["change"]


def test_tables_say_what_a_recount_says(house: House, synced: Synced) -> None:
    front = synced.fronts[-1]
    currency = STORE_FRONTS[front][1]
    span = last_days(30, recount.today(front, datetime.now(UTC)) - timedelta(days=1))
    choice = {"currency": currency, **recount.days(span)}
    sold = [sale for sale in synced.orders if sale.marketplace_id == front]

    table = _table(synced, "amazon-orders", choice | {"marketplaceId": front})
    check_lines(table, _priced(recount.expected_orders(sold, currency, span), "series"))

    table = _table(synced, "amazon-orders/top", choice | {"marketplaceId": front, "limit": "200"})
    best = recount_whole.expected_products(sold, "sku", "revenue", currency, span)
    check_lines(table, _priced(best, "items"))

    table = _table(synced, "channel-performance", choice)
    channels = recount_whole.expected_channels(synced.channels, currency, span)
    check_lines(table, _priced(channels, "channels"))

    today, table = _on_one_day(synced.home, partial(_table, synced, "executive", choice))
    whole = _expected_executive(house, synced, currency, span, today)
    check_lines(
        sorted(table, key=lambda line: line["figure"]),
        sorted(recount_whole.lines_of_executive(whole, currency), key=lambda line: line["figure"]),
    )

    today, table = _on_one_day(front, partial(_table, synced, "amazon-inventory", {"marketplaceId": front}))
    check_lines(table, [synced.stock(today, front)])

    today, table = _on_one_day(front, partial(_table, synced, ITEMS, {"marketplaceId": front}))
    items = sorted(synced.items(today, front).values(), key=lambda item: item["sku"])
    check_lines(table, items)

    table = _table(synced, "setup-status", {})
    check_lines(table, [{"integration": name, **told} for name, told in _expected_setup(synced).items()])


def test_the_setup_counts_what_a_recount_counts(synced: Synced) -> None:
    told = synced.person.dashboard("setup-status", {})

    assert figures(told) == {"integrations": _expected_setup(synced)}


def test_days_of_23_and_of_25_hours_are_among_those_recounted(house: House) -> None:
    sold_for = set()
    for synced in house.users.values():
        last = recount.today(synced.home, synced.until)
        fronts = {each: STORE_FRONTS[each][0] for each in synced.fronts}
        for zone in set(fronts.values()):
            lengths = {recount.hours_of(last - timedelta(days=number), zone) for number in range(DAYS)}
            assert lengths == ({24} if zone == "Asia/Tokyo" else {23, 24, 25}), zone
        sold_for |= {recount.hours_of(sale.day, fronts[sale.marketplace_id]) for sale in synced.orders}

    assert sold_for == {23, 24, 25}


def test_the_recount_has_something_to_count(synced: Synced) -> None:
    today = recount.today(synced.home, synced.until)
    items = synced.items(today).values()

    assert {"UNSHIPPED", "SHIPPED", "CANCELLED"} <= {sale.status for sale in synced.orders}
    for seller in synced.sellers:
        orders = synced.store.orders(seller.id, synced.until)
        assert any(order.marketplace_id is None for order in orders)
    assert all(synced.stock(today).values())
    assert {each["reorderPointSource"] for each in items} == {"own", "computed", "default"}
    assert {each["status"] for each in items if each["reorderPointSource"] == "own"} >= {"low", "ok"}
    assert all(each["title"] != each["asin"] != each["fnsku"] != each["sku"] for each in items)
    sold = synced.channels["shopify"]
    assert {sale.currency for sale in sold} == {synced.shop.currency, synced.shop.other_currency} - {None}
    assert any(sale.waiting for sale in sold)
    assert len(recount_stores.kept(synced.shops.orders(synced.shop, synced.until))) > len(sold)


def _check_orders(synced: Synced, told: dict[str, Any], choice: dict[str, str], span: Span) -> None:
    only = choice.get("marketplaceId")
    chosen = [sale for sale in synced.orders if only in (None, sale.marketplace_id)]
    currency = choice.get("currency") or STORE_FRONTS[only or synced.home][1]

    assert recount.told_orders(told) == recount.expected_orders(chosen, currency, span), (choice, span)


def _check_the_whole(
    house: House, synced: Synced, currency: str, period: Callable[[date], Span]
) -> dict[str, Any]:
    """Returns the whole as it was told."""

    def ask(today: date) -> tuple[dict[str, Any], dict[str, Any]]:
        choice = {"currency": currency, **recount.days(period(today))}
        return (
            synced.person.dashboard("channel-performance", choice),
            synced.person.dashboard("executive", choice),
        )

    today, (channels, whole) = _on_one_day(synced.home, ask)
    span = period(today)
    assert figures(channels) == recount_whole.expected_channels(synced.channels, currency, span), span
    told: dict[str, Any] = figures(whole)
    assert told == _expected_executive(house, synced, currency, span, today), (currency, span)
    return told


def _expected_executive(
    house: House, synced: Synced, currency: str, span: Span, today: date
) -> dict[str, Any]:
    return recount_whole.expected_executive(
        synced.channels,
        synced.stock(today),
        synced.stock_counted(house.counted, span[0] - timedelta(days=1)),
        currency,
        span,
    )


def _expected_setup(synced: Synced) -> dict[str, Any]:
    counted = {name: len(sales) for name, sales in synced.channels.items()}
    connected = {"connected": True, "status": "connected"}
    return {
        "amazon": {
            **connected,
            "orderCount": counted["amazon"],
            "inventoryCount": len(synced.shelf.positions()),
        },
        "amazonAds": {
            "connected": False,
            "status": "configuration_error",
        },  # nobody has set how to connect it
        "shopify": {**connected, "orderCount": counted["shopify"]},
    }


def _priced(expected: dict[str, Any], rows: str) -> list[dict[str, Any]]:
    """A table says in each line in what currency, which the whole answer says once."""
    return [{**row, "currency": expected["currency"]} for row in expected[rows]]


def _always(span: Span, _today: date) -> Span:
    return span


def _named(**parameters: str | None) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}


def _asked(synced: Synced, name: str, choice: dict[str, str], _today: date) -> dict[str, Any]:
    return synced.person.dashboard(name, choice)


def _items(synced: Synced, choice: dict[str, str], _today: date) -> list[dict[str, Any]]:
    """All pages together."""
    items: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = synced.person.dashboard(ITEMS, choice | {"limit": "100", **_named(cursor=cursor or None)})
        assert set(figures(page)) == {"items"}
        items, cursor = [*items, *figures(page["items"])], page["nextCursor"]
    return items


def _table(
    synced: Synced, name: str, choice: dict[str, str], _today: date | None = None
) -> list[dict[str, str]]:
    """A dashboard as CSV."""
    answer = synced.person.ask(
        "GET", f"/api/v1/dashboard/{name}", params=choice, headers={"Accept": "text/csv"}
    )
    assert answer.ok, answer.text
    return lines_of(answer.content.decode())


def _on_one_day(marketplace_id: str, ask: Callable[[date], Any]) -> tuple[date, Any]:
    """An answer and the day it was given on; asked for once more when midnight came in between."""
    today = recount.today(marketplace_id, datetime.now(UTC))
    told = ask(today)
    if recount.today(marketplace_id, datetime.now(UTC)) != today:
        return _on_one_day(marketplace_id, ask)
    return today, told
