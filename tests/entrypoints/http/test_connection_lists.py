"""The lists of connections, read page by page while connections come, go and take over from each other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.model import Connection
from tests.entrypoints.http.walking import pages, walked

AMAZON, SHOPIFY, ADS = (f"/api/v1/{channel}/connections" for channel in ("amazon", "shopify", "ads"))


def ids(rows) -> list[str]:
    return [row["id"] for row in rows]


def sellers(world, count: int) -> list[str]:
    """Their ids in the order in which they are shown: the default one first, then the oldest first."""
    made = [
        aged(world, world.connect(world.user, seller_id=f"S{number:03}"), number) for number in range(count)
    ]
    return [str(each.id) for each in made]


def lead(browser, identity: str) -> None:
    """It is the default one from now on."""
    browser.patch(f"{AMAZON}/{identity}", json={"is_default": True})


def aged(world, connection: Connection, hours: int) -> Connection:
    """The same, connected so many hours later."""
    later = replace(connection, connected_at=connection.connected_at + timedelta(hours=hours))
    with world.work() as work:
        work.connections.save(later)
        work.commit()
    return later


@pytest.mark.parametrize("hours_apart", [0, 1])
def test_sellers_are_walked_one_by_one(browser, world, hours_apart):
    for number in range(5):
        aged(world, world.connect(world.user, seller_id=f"S{number}"), number * hours_apart)

    whole = ids(browser.get(AMAZON).json["items"])

    assert ids(walked(browser, AMAZON)) == whole
    assert len(set(whole)) == 5
    assert [len(page) for page in pages(browser, AMAZON, limit=2)] == [2, 2, 1]
    assert [len(page) for page in pages(browser, AMAZON, limit=5)] == [5]


def test_stores_are_walked_one_by_one(browser, world):
    for number in range(3):
        world.connect_store(world.user, shop=f"s{number}.myshopify.com")

    assert ids(walked(browser, SHOPIFY)) == ids(browser.get(SHOPIFY).json["items"])


def test_the_one_grant_to_advertising_is_a_page(browser, world):
    world.connect_ads(world.user)

    assert [len(page) for page in pages(browser, ADS)] == [1]


def test_a_page_has_fifty_by_default_and_two_hundred_at_most(browser, world):
    sellers(world, 51)

    answers = [browser.get(path).json for path in (AMAZON, f"{AMAZON}?limit=200")]

    assert [(len(one["items"]), one["next_cursor"] is None) for one in answers] == [(50, False), (51, True)]


@pytest.mark.parametrize("heir", range(4))
@pytest.mark.parametrize("leader", range(4))
@pytest.mark.parametrize("read", [1, 2, 3])
def test_who_becomes_the_default_one_between_two_pages_is_neither_lost_nor_told_twice(
    browser, world, heir, leader, read
):
    shown = sellers(world, 4)
    lead(browser, shown[leader])
    before = ids(browser.get(AMAZON).json["items"])

    found = walked(browser, AMAZON, lambda: lead(browser, shown[heir]), read)

    assert ids(found) == before
    assert ids(browser.get(AMAZON).json["items"])[0] == shown[heir]


@pytest.mark.parametrize("gone", range(4))
@pytest.mark.parametrize("read", [1, 2, 3])
def test_what_goes_between_two_pages_takes_nobody_along(browser, world, gone, read):
    shown = sellers(world, 4)

    found = walked(browser, AMAZON, lambda: browser.delete(f"{AMAZON}/{shown[gone]}?permanent=true"), read)

    assert ids(found) == [each for number, each in enumerate(shown) if number != gone or number < read]


def test_what_comes_between_two_pages_is_the_last(browser, world):
    shown = sellers(world, 2)
    new: list[Connection] = []

    found = walked(
        browser, AMAZON, lambda: new.append(aged(world, world.connect(world.user, seller_id="NEW"), 9)), 1
    )

    assert ids(found) == [*shown, str(new[0].id)]


def test_a_cursor_of_one_channel_is_none_of_another(browser, world):
    sellers(world, 2)
    cursor = browser.get(f"{AMAZON}?limit=1").json["next_cursor"]

    answers = [browser.get(f"{path}?cursor={cursor}") for path in (SHOPIFY, ADS, AMAZON)]

    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert answers[0].json["details"] == {"fields": {"cursor": "not a cursor of this list"}}
