"""The list of the stock and its reorder points, seen from the browser."""

import csv
import io
from dataclasses import replace
from uuid import UUID

import pytest

from domain.inventory.model import StockLevel
from tests.fakes.things import DE, FR, NOW, US, a_level, an_item, an_order
from tests.fakes.world import World

SUMMARY = "/api/v1/dashboard/amazon-inventory"
ITEMS = f"{SUMMARY}/items"
CSV = {"Accept": "text/csv"}


def data_of(answer):
    assert (answer.status_code, answer.json["success"]) == (200, True)
    return answer.json["data"]


def refused(answer) -> set[str]:
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    return set(answer.json["details"]["fields"])


def skus(answer) -> list[str]:
    return [item["sku"] for item in data_of(answer)["items"]]


def stocked(world: World, *levels: StockLevel, marketplaces: tuple[str, ...] = (US,)):
    """A seller with this stock in the first marketplace."""
    connection = world.connect(world.user, *marketplaces)
    world.stock(connection, *levels)
    return connection


def address(encoded: str) -> str:
    return f"{ITEMS}/{encoded}/reorder-point"


def test_an_item_has_exactly_the_promised_fields(browser, world):
    level = StockLevel("A/1", "B01", "X01", "A thing", "NewItem", 20, 12, 3, 4, 1, 0, NOW)
    connection = stocked(world, level)
    world.sell(connection, an_order("O-1", an_item("A/1", 7)))

    data = data_of(browser.get(ITEMS))

    assert data == {
        "items": [
            {
                "sku": "A/1",
                "asin": "B01",
                "fnsku": "X01",
                "title": "A thing",
                "marketplaceId": US,
                "totalQuantity": 20,
                "fulfillable": 12,
                "inbound": 3,
                "reserved": 4,
                "unfulfillable": 1,
                "status": "ok",
                "unitsLast30Days": 7,
                "daysOfCover": 51.4,
                "reorderPoint": 5,
                "reorderPointSource": "computed",
                "connectionId": str(connection.id),
            }
        ],
        "nextCursor": None,
        "dataAsOf": None,
        "completeUntil": None,
    }


def test_the_summary_is_the_sum_of_the_items(browser, world):
    stocked(world, a_level("A", 0), a_level("B", 9), a_level("C", 50, total=60))

    data = data_of(browser.get(SUMMARY))

    assert {
        name: data[name] for name in ("totalSKUs", "totalQuantity", "lowStockItems", "outOfStockItems")
    } == {
        "totalSKUs": 3,
        "totalQuantity": 69,
        "lowStockItems": 1,
        "outOfStockItems": 1,
    }


def test_the_list_comes_in_pages(browser, world):
    stocked(world, *(a_level(f"S-{number}", number % 3) for number in range(5)))
    found: list[list[str]] = []
    cursor = None
    while cursor is not None or not found:
        asked = {"limit": 2, "sort": "-fulfillable", **({"cursor": cursor} if cursor else {})}
        answer = browser.get(ITEMS, query_string=asked)
        found.append(skus(answer))
        cursor = data_of(answer)["nextCursor"]

    assert found == [["S-2", "S-1"], ["S-4", "S-0"], ["S-3"]]


@pytest.mark.parametrize("sort", ["title", "-title", "asin", "daysOfCover", "-reorderPoint", "status", "sku"])
def test_every_order_can_be_gone_on_in(browser, world, sort):
    titles = ("Ärger", "Zoo", None, "🛒" * 300)
    levels = [
        replace(a_level(f"S-{n}", n), title=title, asin=title and f"B{n}") for n, title in enumerate(titles)
    ]
    connection = stocked(world, *levels)
    world.sell(connection, an_order("O-1", an_item("S-1", 3)))
    whole = skus(browser.get(ITEMS, query_string={"sort": sort}))

    found, cursor = [], ""
    while cursor is not None:
        asked = {"limit": 1, "sort": sort, **({"cursor": cursor} if cursor else {})}
        data = data_of(browser.get(ITEMS, query_string=asked))
        found += [item["sku"] for item in data["items"]]
        cursor = data["nextCursor"]

    assert found == whole


def test_what_is_asked_for_narrows_the_list(browser, world):
    stocked(world, a_level("A", 0), a_level("B", 9), replace(a_level("C", 50), title="Ein Apfel"))

    assert skus(browser.get(ITEMS, query_string={"status": "low"})) == ["B"]
    assert skus(browser.get(ITEMS, query_string={"search": "APFEL"})) == ["C"]
    assert skus(browser.get(ITEMS, query_string={"marketplaceId": DE})) == []
    assert skus(browser.get(ITEMS, query_string={"status": "", "search": "", "sort": ""})) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "10000"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"status": "gone"}, "status"),
        ({"sort": "colour"}, "sort"),
        ({"sort": "--sku"}, "sort"),
        ({"search": "a\0b"}, "search"),
        ({"search": "x" * 201}, "search"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "x" * 3001}, "cursor"),
        ({"marketplaceId": "NOWHERE"}, "marketplaceId"),
        ({"connectionId": "7"}, "connectionId"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(browser, world, asked, field):
    stocked(world, a_level())

    assert refused(browser.get(ITEMS, query_string=asked)) == {field}
    if field != "limit":
        assert refused(browser.get(ITEMS, query_string=asked, headers=CSV)) == {field}


@pytest.mark.parametrize(
    "other", [{"sort": "-sku"}, {"status": "ok"}, {"search": "S"}, {"marketplaceId": US}]
)
def test_a_cursor_of_another_question_is_refused(browser, world, other):
    stocked(world, a_level("S-1"), a_level("S-2"))
    cursor = data_of(browser.get(ITEMS, query_string={"limit": 1}))["nextCursor"]

    assert refused(browser.get(ITEMS, query_string={"cursor": cursor, **other})) == {"cursor"}


def test_without_a_seller_there_is_no_list(browser):
    answer = browser.get(ITEMS)

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


def test_somebody_elses_connection_is_not_found(browser, world):
    stocked(world, a_level())
    theirs = world.connect(world.stranger, seller_id="THEIRS")

    answers = [
        browser.get(ITEMS, query_string={"connectionId": str(each)}) for each in (theirs.id, UUID(int=1))
    ]

    assert [(answer.status_code, answer.json["error"]) for answer in answers] == [(404, "not_found")] * 2


def test_who_has_the_list_already_is_told_so_until_it_changes(browser, world):
    connection = stocked(world, a_level("A"))
    for headers in ({}, CSV):
        first = browser.get(ITEMS, headers=headers)
        shown = {**headers, "If-None-Match": first.headers["ETag"]}
        again = browser.get(ITEMS, headers=shown)
        world.stock(connection, a_level("A", len(first.data)))
        changed = browser.get(ITEMS, headers=shown)

        assert (again.status_code, again.data, changed.status_code) == (304, b"", 200)


# CSV


def test_all_items_that_match_come_as_csv(browser, world):
    many = [a_level(f"S-{number:04}", number % 2) for number in range(450)]
    stocked(world, *many, replace(a_level("=1+1", 1), title='a "b", c'))

    answer = browser.get(ITEMS, query_string={"status": "low", "sort": "-sku"}, headers=CSV)

    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert answer.mimetype == "text/csv"
    assert [row["sku"] for row in rows] == [*(f"S-{number:04}" for number in range(449, 0, -2)), "'=1+1"]
    assert (rows[-1]["title"], rows[-1]["reorderPoint"], rows[-1]["daysOfCover"]) == ('a "b", c', "10", "")


def test_a_page_of_the_items_comes_as_csv_where_one_is_asked_for(browser, world):
    stocked(world, *(a_level(f"S-{number}") for number in range(5)))
    first = {"limit": 2, "sort": "-sku"}
    second = {**first, "cursor": data_of(browser.get(ITEMS, query_string=first))["nextCursor"]}

    pages = [browser.get(ITEMS, query_string=asked, headers=CSV) for asked in (first, second)]

    skus = [[row["sku"] for row in csv.DictReader(io.StringIO(page.text, newline=""))] for page in pages]
    assert skus == [["S-4", "S-3"], ["S-2", "S-1"]]


def test_csv_and_json_have_the_same_names_and_nothing_is_a_header(browser, world):
    stocked(world)
    empty = browser.get(ITEMS, headers=CSV).text
    world.stock(world.services.connections.of(world.user.id)[0], a_level())

    names = list(data_of(browser.get(ITEMS))["items"][0])

    assert empty == ",".join(names) + "\r\n"
    assert browser.get(ITEMS, headers=CSV).text.startswith(empty)


# Reorder points


def test_a_reorder_point_of_ones_own_holds_until_it_is_given_up(browser, world):
    stocked(world, a_level("A", 20))

    data = data_of(browser.put(address("A"), json={"reorderPoint": 25}))
    own = data_of(browser.get(ITEMS))["items"][0]
    data_of(browser.put(f"{address('A')}?marketplaceId={US}", json={"reorderPoint": None}))
    computed = data_of(browser.get(ITEMS))["items"][0]

    assert (data["sku"], data["reorderPoint"], data["items"]) == ("A", 25, [own])
    assert (own["reorderPoint"], own["reorderPointSource"], own["status"]) == (25, "own", "low")
    assert (computed["reorderPoint"], computed["reorderPointSource"]) == (10, "default")


@pytest.mark.parametrize(
    ("sku", "encoded"),
    [
        ("A/B", "A%2FB"),
        ("/A", "%2FA"),
        ("A//B/", "A%2F%2FB%2F"),
        ("A%2FB", "A%252FB"),
        ("A B?#+&", "A%20B%3F%23%2B%26"),
        ("Ä-🛒", "%C3%84-%F0%9F%9B%92"),
        ("X/reorder-point", "X%2Freorder-point"),
        (".", "%2E"),
    ],
)
def test_any_sku_can_be_named_in_an_address(browser, world, sku, encoded):
    stocked(world, a_level(sku, 5), a_level("other", 5))

    data_of(browser.put(address(encoded), json={"reorderPoint": 3}))

    points = {item["sku"]: item["reorderPoint"] for item in data_of(browser.get(ITEMS))["items"]}
    assert points == {sku: 3, "other": 10}


def test_without_a_marketplace_it_holds_for_the_sku_wherever_it_lies(browser, world):
    first = stocked(world, a_level("A"), marketplaces=(US, DE, FR))
    second = world.connect(world.user, DE, seller_id="SECOND")
    world.stock(second, a_level("A"))
    with world.work() as work:
        work.stock.save_page(first.id, FR, [a_level("A")], "pass", NOW)
        work.commit()

    everywhere = data_of(browser.put(address("A"), json={"reorderPoint": 4}))
    of_one = browser.put(
        f"{address('A')}?marketplaceId={DE}&connectionId={second.id}", json={"reorderPoint": 7}
    )

    assert len(everywhere["items"]) == 3
    assert len(data_of(of_one)["items"]) == 1
    assert sorted(item["reorderPoint"] for item in data_of(browser.get(ITEMS))["items"]) == [4, 4, 7]


def test_two_sellers_items_of_one_sku_can_be_told_apart_and_changed_one_by_one(browser, world):
    both = [world.connect(world.user, US, seller_id=name) for name in ("FIRST", "SECOND")]
    for each in both:
        world.stock(each, a_level("A"))

    items = data_of(browser.get(ITEMS))["items"]
    table = list(csv.DictReader(io.StringIO(browser.get(ITEMS, headers=CSV).text)))
    one = items[0]
    asked = {"marketplaceId": one["marketplaceId"], "connectionId": one["connectionId"]}
    changed = data_of(browser.put(address("A"), query_string=asked, json={"reorderPoint": 7}))["items"]

    assert {item["connectionId"] for item in items} == {str(each.id) for each in both}
    assert [row["connectionId"] for row in table] == [item["connectionId"] for item in items]
    assert [item["connectionId"] for item in changed] == [one["connectionId"]]
    points = {item["connectionId"]: item["reorderPoint"] for item in data_of(browser.get(ITEMS))["items"]}
    assert points == {one["connectionId"]: 7, items[1]["connectionId"]: 10}


@pytest.mark.parametrize(
    "body",
    [{}, *({"reorderPoint": point} for point in (-1, 1_000_001, "5", 2.5, True))],
)
def test_a_reorder_point_that_can_not_be_is_refused(browser, world, body):
    stocked(world, a_level("A"))

    assert refused(browser.put(address("A"), json=body)) == {"reorderPoint"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (address("B"), 404),
        (f"{address('A')}?marketplaceId={DE}", 404),
        (f"{address('A')}?connectionId={UUID(int=1)}", 404),
        (f"{address('A')}?marketplaceId=NOWHERE", 400),
        (address("A%00"), 404),
        (address("%FF"), 404),
    ],
)
def test_what_is_not_listed_gets_no_reorder_point(browser, world, path, status):
    stocked(world, a_level("A"))

    assert browser.put(path, json={"reorderPoint": 5}).status_code == status
    assert world.deeds(world.user).count("reorder_point.changed") == 0


def test_setting_a_reorder_point_is_written_down_and_told(browser, world):
    connection = stocked(world, a_level("A"))

    data_of(browser.put(address("A"), json={"reorderPoint": 5}))

    [entry] = [each for each in world.store.tables.audit if each.action == "reorder_point.changed"]
    event = world.store.tables.events[-1]
    assert (entry.connection_id, entry.actor) == (connection.id, world.user.email)
    assert entry.details == {"sku": "A", "marketplace_id": US, "reorder_point": "5"}
    assert (event.kind, dict(event.data)) == (
        "inventory.changed",
        {"connection_id": str(connection.id), "sku": "A", "reorder_point": 5},
    )
