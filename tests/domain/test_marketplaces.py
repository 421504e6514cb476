"""Marketplaces know their currency, their region and their own calendar."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.marketplaces import DEFAULT_MARKETPLACE_ID, MARKETPLACES, Region, find, named
from tests.fakes.things import DE, FR, JP, UK, US


@pytest.mark.parametrize(
    ("marketplace_id", "moment", "day"),
    [
        (US, datetime(2026, 1, 1, 7, 59, tzinfo=UTC), date(2025, 12, 31)),
        (US, datetime(2026, 1, 1, 8, 0, tzinfo=UTC), date(2026, 1, 1)),
        (US, datetime(2026, 7, 1, 7, 0, tzinfo=UTC), date(2026, 7, 1)),  # summer time: an hour earlier
        (DE, datetime(2026, 1, 1, 22, 59, tzinfo=UTC), date(2026, 1, 1)),
        (DE, datetime(2026, 1, 1, 23, 0, tzinfo=UTC), date(2026, 1, 2)),
        (UK, datetime(2026, 6, 30, 23, 0, tzinfo=UTC), date(2026, 7, 1)),
        (JP, datetime(2026, 1, 1, 15, 0, tzinfo=UTC), date(2026, 1, 2)),
    ],
)
def test_a_day_begins_when_the_marketplace_says_so(marketplace_id: str, moment: datetime, day: date) -> None:
    assert MARKETPLACES[marketplace_id].day_of(moment) == day


def test_the_day_is_that_of_the_moment_in_whatever_zone_it_is_written() -> None:
    moment = datetime(2026, 1, 1, 1, 0, tzinfo=ZoneInfo("Asia/Tokyo"))

    assert MARKETPLACES[US].day_of(moment) == date(2025, 12, 31)


def test_every_marketplace_has_a_time_zone_that_exists() -> None:
    zones = {ZoneInfo(marketplace.time_zone).key for marketplace in MARKETPLACES.values()}

    assert zones == {marketplace.time_zone for marketplace in MARKETPLACES.values()}


def test_the_same_stock_serves_the_continent_but_not_britain() -> None:
    pools = {each: MARKETPLACES[each].stock_pool for each in (DE, FR, UK, US)}

    assert pools == {DE: "europe", FR: "europe", UK: UK, US: US}


def test_a_pool_never_reaches_over_a_region() -> None:
    regions: dict[str, set[Region]] = {}
    for marketplace in MARKETPLACES.values():
        regions.setdefault(marketplace.stock_pool, set()).add(marketplace.region)

    assert all(len(found) == 1 for found in regions.values())


def test_an_unknown_marketplace_is_none() -> None:
    assert find("NOWHERE") is None
    assert find(DEFAULT_MARKETPLACE_ID) is MARKETPLACES[US]


def test_a_marketplace_is_known_by_its_name_in_whatever_letters() -> None:
    assert all(named(each.name.upper()) == each for each in MARKETPLACES.values())
    assert [MARKETPLACES[each].name for each in (US, UK, DE, JP)] == [
        "Amazon.com",
        "Amazon.co.uk",
        "Amazon.de",
        "Amazon.co.jp",
    ]


@pytest.mark.parametrize("elsewhere", ["Non-Amazon", "Non-Amazon US", "Amazon", ""])
def test_what_was_sold_elsewhere_has_no_marketplace(elsewhere: str) -> None:
    assert named(elsewhere) is None
