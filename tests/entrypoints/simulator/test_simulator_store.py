"""The store's orders: invented, but such as a year of Amazon would be."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.lives import LONGEST_LIFE_MS
from entrypoints.simulator.marketplaces import BY_COUNTRY, BY_ID
from entrypoints.simulator.moments import to_ms
from entrypoints.simulator.orders import Status, StoreOrder
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.store import Store
from tests.entrypoints.simulator.driven import NOON

STORE = Store(SimulatorConfig())
NA, EU, FE = STORE.sellers
SETTLED = {Status.UNSHIPPED, Status.PARTIALLY_SHIPPED, Status.SHIPPED, Status.CANCELLED, Status.UNFULFILLABLE}
DATES = [
    datetime(2026, month, day, hour, tzinfo=UTC) for month, day, hour in ((1, 5, 3), (4, 30, 0), (8, 12, 17))
]


@pytest.fixture(scope="module")
def year() -> list[StoreOrder]:
    return STORE.orders(NA.id, NOON)


def fingerprint(store: Store) -> str:
    orders = [store.orders(seller.id, NOON) for seller in store.sellers]
    stock = [store.stock(s.id, m, NOON) for s in store.sellers for m in s.marketplace_ids]
    return hashlib.sha256(repr((orders, stock)).encode()).hexdigest()


def test_the_same_seed_gives_the_same_data_in_another_process():
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.entrypoints.simulator.test_simulator_store import fingerprint, Store, SimulatorConfig\n"
        "print(fingerprint(Store(SimulatorConfig(history_days=20))))"
    )

    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert other.stdout.strip() == fingerprint(Store(SimulatorConfig(history_days=20)))


def test_another_seed_gives_other_sellers_and_orders():
    other = Store(SimulatorConfig(seed=8, history_days=5))

    assert {s.id for s in other.sellers}.isdisjoint({s.id for s in STORE.sellers})
    assert all(len(s.id) == 14 and s.id.isalnum() and s.id.isupper() for s in other.sellers)


def test_a_moment_looks_the_same_whatever_was_asked_before():
    fresh, used = (Store(SimulatorConfig(history_days=30)) for _ in range(2))
    used.orders(NA.id, NOON + timedelta(days=3))

    assert used.orders(NA.id, NOON) == fresh.orders(NA.id, NOON)


def test_a_small_cache_changes_nothing_but_the_time():
    plentiful, small = (Store(SimulatorConfig(history_days=8)) for _ in range(2))
    small._days.limit = small._buckets.limit = 50

    assert small.orders(NA.id, NOON) == plentiful.orders(NA.id, NOON)
    assert small._days.weight <= 50 < plentiful._days.weight


@pytest.mark.parametrize("seller", STORE.sellers, ids=lambda seller: seller.region)
@pytest.mark.parametrize("now", DATES, ids=lambda now: f"{now:%B}")
def test_any_ninety_days_fit_into_the_first_sync(seller, now):
    orders = STORE.orders(seller.id, now)
    created = [order.created_at for order in orders]
    updated = sorted(order.updated_at for order in orders)
    starts = [now - timedelta(days=back) for back in range(90, 360, 7)]

    by_creation = [
        bisect_left(created, start + timedelta(days=90)) - bisect_left(created, start) for start in starts
    ]
    by_update = [
        bisect_left(updated, start + timedelta(days=90)) - bisect_left(updated, start) for start in starts
    ]

    assert min(by_creation) > 1_050
    assert max(by_creation) < 1_750
    assert max(by_update) <= 1_900


def test_a_year_of_orders_up_to_now(year):
    assert year[0].created_at < NOON - timedelta(days=363)
    assert NOON - timedelta(hours=12) < year[-1].created_at <= NOON
    assert all(order.created_at <= order.updated_at <= NOON for order in year)


def test_order_ids_are_unique_and_look_like_amazons(year):
    ids = {order.id for order in year}

    assert len(ids) == len(year)
    assert all([len(part) for part in order_id.split("-")] == [3, 7, 7] for order_id in ids)


def test_every_order_is_found_by_its_id(year):
    assert all(STORE.order(NA.id, order.id, NOON) == order for order in year[::25])


@pytest.mark.parametrize(
    "order_id", ["", "112-0000000-0000000", "112-12", "not-an-order-at-all", "٣٣٣-1234567-1234567"]
)
def test_what_is_no_order_id_finds_nothing(order_id):
    assert STORE.order(NA.id, order_id, NOON) is None


def test_another_sellers_order_is_not_found(year):
    assert STORE.order(EU.id, year[-1].id, NOON) is None


def test_all_statuses_occur_and_open_ones_are_recent(year):
    statuses = Counter(order.status for order in year)
    old = [order for order in year if order.created_at < NOON - timedelta(days=21)]

    assert set(statuses) >= SETTLED
    assert 0.02 < statuses[Status.CANCELLED] / len(year) < 0.06
    assert {order.status for order in old} == {Status.SHIPPED, Status.CANCELLED, Status.UNFULFILLABLE}


def test_an_orders_statuses_follow_one_another_as_time_passes():
    orders = STORE.orders(NA.id, NOON)[-90:]
    seen: dict[str, list[Status]] = {order.id: [] for order in orders}
    for hours in range(0, 24 * 21, 2):
        for order_id, statuses in seen.items():
            order = STORE.order(NA.id, order_id, orders[0].created_at + timedelta(hours=hours))
            if order is not None and statuses[-1:] != [order.status]:
                statuses.append(order.status)

    order_of_life = list(Status)[:5]
    for statuses in seen.values():
        known = [order_of_life.index(s) for s in statuses if s in order_of_life]
        assert known == sorted(known)
    assert any(Status.PENDING in statuses for statuses in seen.values())


def test_no_order_changes_any_more_after_its_longest_life(year):
    lives = [order.updated_at - order.created_at for order in year]

    assert timedelta(days=7) < max(lives) <= timedelta(milliseconds=LONGEST_LIFE_MS)


def test_pending_orders_have_no_prices():
    store = Store(SimulatorConfig(history_days=5))
    pending = [
        order
        for hours in range(0, 24 * 14, 3)
        for order in store.orders(NA.id, NOON - timedelta(hours=hours))
        if order.status in (Status.PENDING, Status.PENDING_AVAILABILITY)
    ]

    assert {order.status for order in pending} == {Status.PENDING, Status.PENDING_AVAILABILITY}
    assert all(order.grand_total_minor is None for order in pending)
    assert all(line.amounts is None for order in pending for line in order.lines)


@pytest.mark.parametrize("seller", STORE.sellers, ids=lambda seller: seller.region)
def test_every_settled_order_adds_up_to_the_minor_unit(seller):
    settled = [order for order in STORE.orders(seller.id, NOON) if order.status in SETTLED]

    for order in settled:
        amounts = [line.amounts for line in order.lines if line.amounts is not None]
        assert len(amounts) == len(order.lines)
        parts = sum(a.item + a.shipping + a.gift_wrap + a.tax - a.discount for a in amounts)
        assert order.grand_total_minor == parts == sum(a.total for a in amounts)
        assert all(
            a.item == a.unit_price * line.quantity for a, line in zip(amounts, order.lines, strict=True)
        )
    assert any(a.amounts.discount for o in settled for a in o.lines)
    assert any(a.amounts.gift_wrap for o in settled for a in o.lines)


def test_tax_is_added_where_prices_do_not_include_it():
    def taxed(seller):
        return any(
            line.amounts and line.amounts.tax for o in STORE.orders(seller.id, NOON) for line in o.lines
        )

    assert (taxed(NA), taxed(EU), taxed(FE)) == (True, False, False)


def test_tax_is_a_share_of_what_is_paid_after_the_discount(year):
    for order in year:
        share = BY_ID[order.home_marketplace_id].added_tax
        for line in order.lines:
            if line.amounts is not None:
                paid = line.amounts.total - line.amounts.tax
                assert line.amounts.tax == round(paid * share)


def test_each_marketplace_sells_in_its_currency():
    def currencies(seller):
        return {(o.home_marketplace_id, o.currency) for o in STORE.orders(seller.id, NOON)}

    assert {currency for _, currency in currencies(NA)} == {"USD", "CAD", "MXN"}
    assert {currency for _, currency in currencies(EU)} == {"EUR", "GBP", "SEK", "PLN"}
    assert {currency for _, currency in currencies(FE)} == {"JPY", "AUD"}
    assert len(currencies(EU)) == 7


def test_orders_have_one_to_four_lines(year):
    assert {len(order.lines) for order in year} == {1, 2, 3, 4}


def test_replacements_cost_nothing_and_follow_their_original(year):
    by_id = {order.id: order for order in year}
    replacements = [order for order in year if order.replaces in by_id]

    assert replacements
    for order in replacements:
        original = by_id[order.replaces]
        assert order.grand_total_minor == 0
        assert order.created_at > original.created_at
        assert order.lines[0].sku == original.lines[0].sku


def test_now_and_then_an_order_comes_from_elsewhere_and_names_no_marketplace(year):
    elsewhere = [order for order in year if order.channel == "NON_AMAZON"]

    assert 5 < len(elsewhere) < len(year) * 0.03
    assert all(order.marketplace_id is None and order.fulfilled_by == "AMAZON" for order in elsewhere)
    assert all(order.home_marketplace_id in NA.marketplace_ids for order in elsewhere)


def test_business_and_prime_orders_occur(year):
    programs = Counter(program for order in year for program in order.programs)

    assert set(programs) == {"AMAZON_BUSINESS", "PRIME", "PREORDER"}


def test_the_fourth_quarter_peaks():
    orders = STORE.orders(NA.id, datetime(2027, 1, 1, tzinfo=UTC))
    months = Counter(order.created_at.month for order in orders)

    assert months[12] > 1.1 * months[2]
    assert months[11] > 1.1 * months[5]


def test_most_orders_come_in_the_marketplaces_own_daytime():
    from zoneinfo import ZoneInfo

    tokyo = [o.created_at.astimezone(ZoneInfo("Asia/Tokyo")).hour for o in STORE.orders(FE.id, NOON)]
    night = sum(1 for hour in tokyo if 1 <= hour < 6)

    assert night / len(tokyo) < 0.2


def test_after_data_until_nothing_happens():
    until = NOON - timedelta(days=2)
    stopped, running = (Store(SimulatorConfig(data_until=end, history_days=30)) for end in (until, None))
    marketplace_id = NA.marketplace_ids[0]

    assert stopped.orders(NA.id, NOON) == running.orders(NA.id, until)
    assert stopped.stock(NA.id, marketplace_id, NOON) == running.stock(NA.id, marketplace_id, until)
    late = [order for order in running.orders(NA.id, NOON) if order.created_at > until]
    assert stopped.order(NA.id, late[0].id, NOON) is None


def test_a_search_by_time_of_change_finds_each_order_under_its_last_change_only(year):
    start, end = to_ms(NOON - timedelta(days=10)), to_ms(NOON - timedelta(days=3))

    found = list(STORE.updated_between(NA.id, start, end, to_ms(NOON)))

    expected = [order for order in year if start <= to_ms(order.updated_at) <= end]
    assert found == sorted(expected, key=lambda order: (order.updated_at, order.id))


def test_more_sellers_are_invented_on_request():
    store = Store(SimulatorConfig(seller_count=10))

    assert [seller.region for seller in store.sellers[:4]] == ["na", "eu", "fe", "na"]
    assert len({seller.id for seller in store.sellers}) == 10
    assert store.sellers[:3] == STORE.sellers


def test_a_seller_of_ones_own_may_sell_anywhere_in_a_region():
    mine = Seller("AMINE000000000", "Mine", "eu", (BY_COUNTRY["IN"].id, BY_COUNTRY["TR"].id))
    store = Store(SimulatorConfig(sellers=(mine,), history_days=10))

    assert {order.currency for order in store.orders(mine.id, NOON)} == {"INR", "TRY"}


def test_a_busy_seller_gets_the_orders_asked_for():
    store = Store(SimulatorConfig(orders_per_day=300, history_days=6))

    assert len(store.orders(NA.id, NOON)) == pytest.approx(300 * 6, rel=0.15)


def test_an_unknown_seller_is_an_error():
    with pytest.raises(KeyError):
        STORE.orders("A0000000000000", NOON)


@pytest.mark.parametrize(
    "fields",
    [
        {"orders_per_day": 0},
        {"rate_factor": -1},
        {"history_days": 0},
        {"sku_count": 0},
        {"seller_count": 0},
        {"sellers": (Seller("A1", "Nobody", "na", (BY_COUNTRY["DE"].id,)),)},
        {"sellers": (Seller("A1", "Nobody", "na", ()),)},
        {"data_until": datetime(2026, 1, 1)},  # noqa: DTZ001 - the missing zone is the point
    ],
)
def test_figures_out_of_range_are_named(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        SimulatorConfig(**fields)
