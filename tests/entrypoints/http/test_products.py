"""The product questions, seen from the browser."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import (
    AccessDenied,
    InvalidInput,
    KeyUnavailable,
    NotConfigured,
    NotFound,
    RateLimited,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.products.model import (
    Condition,
    Eligibility,
    EligibilityStatus,
    Link,
    Reason,
    Shipment,
    ShipmentItem,
    ShipmentStatus,
)
from tests.entrypoints.http.walking import walked
from tests.fakes.things import CA, DE, JP, NOW, US

BASE = "/api/v1/amazon"
ASIN = "B000000001"
ELIGIBILITY, FEES, SHIPMENTS = f"{BASE}/eligibility", f"{BASE}/fees", f"{BASE}/inbound-shipments"
LINK = Link("https://sellercentral.amazon.com/apply", "Request approval", "GET", "text/html")
GATED = Eligibility(
    EligibilityStatus.APPROVAL_REQUIRED, (Reason("APPROVAL_REQUIRED", "Ask first.", (LINK,)),)
)


def test_a_free_product(browser, world):
    world.connect(world.user, US)

    answer = browser.get(f"{ELIGIBILITY}/{ASIN}")

    assert answer.status_code == 200
    assert answer.json == {
        "asin": ASIN,
        "marketplace_id": US,
        "condition": "new_new",
        "status": "ELIGIBLE",
        "can_list": True,
        "reasons": [],
    }


def test_a_restricted_product_says_why_and_where_to_ask(browser, world):
    world.connect(world.user, US)
    world.restrictions.restricted[ASIN] = GATED

    found = browser.get(f"{ELIGIBILITY}/{ASIN}").json

    assert (found["status"], found["can_list"]) == ("APPROVAL_REQUIRED", False)
    assert found["reasons"] == [
        {
            "code": "APPROVAL_REQUIRED",
            "message": "Ask first.",
            "links": [
                {"url": LINK.url, "title": "Request approval", "verb": "GET", "type": "text/html"},
            ],
        }
    ]


def test_marketplace_condition_and_connection_may_be_chosen(browser, world):
    world.connect(world.user, US)
    german = world.connect(world.user, DE, seller_id="SELLER2")

    found = browser.get(
        f"{ELIGIBILITY}/{ASIN}?marketplace_id={DE}&condition=used_good&connection_id={german.id}"
    ).json

    (asked,) = world.restrictions.asked
    assert (asked.marketplace_id, asked.condition) == (DE, Condition.USED_GOOD)
    assert (found["marketplace_id"], found["condition"]) == (DE, "used_good")


def test_what_is_left_blank_is_as_good_as_left_out(browser, world):
    world.connect(world.user, US)

    answers = [
        browser.get(f"{ELIGIBILITY}/{ASIN}?marketplace_id=&condition=&connection_id="),
        browser.get(f"{SHIPMENTS}?status=&updated_after=&marketplace_id=&connection_id="),
    ]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_hundred_products_in_the_order_asked_each_with_its_answer_or_its_error(browser, world):
    world.connect(world.user, US)
    asins = [f"B{number:09}" for number in range(97)]
    world.restrictions.restricted[asins[3]] = GATED
    world.restrictions.trouble[asins[5]] = NotFound("Amazon knows no such ASIN.")
    world.restrictions.trouble[asins[7]] = RateLimited("Used up.", 12.2, channel="amazon")

    answer = browser.post(ELIGIBILITY, json={"asins": [*asins, "too short", asins[3], asins[0]]})

    rows = answer.json["items"]
    assert answer.status_code == 200
    assert [row["asin"] for row in rows] == [*asins, "too short", asins[3], asins[0]]
    assert [rows[number]["status"] for number in (0, 3, 98, 99)] == [
        "ELIGIBLE",
        "APPROVAL_REQUIRED",
        "APPROVAL_REQUIRED",
        "ELIGIBLE",
    ]
    assert rows[5]["error"] == {"code": "not_found", "message": "Amazon knows no such ASIN."}
    assert rows[7]["error"] == {"code": "rate_limited", "message": "Used up.", "retry_after": 13}
    assert rows[97]["error"]["code"] == "invalid_request"
    assert sum("error" in row for row in rows) == 3


def test_fees_of_one_product(browser, world):
    world.connect(world.user, US)

    answer = browser.get(f"{FEES}/{ASIN}?price=19.99&shipping=4.5")

    assert answer.status_code == 200
    assert answer.json == {
        "asin": ASIN,
        "marketplace_id": US,
        "price": 19.99,
        "shipping": 4.5,
        "fba": True,
        "currency": "USD",
        "total_fees": 5.99,
        "referral_fee": 2.99,
        "fba_fulfillment_fee": 3,
        "fees": [{"type": "ReferralFee", "amount": 2.99}, {"type": "FBAFees", "amount": 3}],
        "proceeds": 18.5,
    }


def test_fees_of_what_the_seller_sends_in_a_currency_without_cents(browser, world):
    world.connect(world.user, JP)

    found = browser.get(f"{FEES}/{ASIN}?price=1500&fba=false").json

    assert (found["currency"], found["total_fees"], found["proceeds"]) == ("JPY", 225, 1275)
    assert (found["fba"], found["fba_fulfillment_fee"]) == (False, 0)


@pytest.mark.parametrize("count", [1, 20, 21, 100])
def test_fees_of_many_take_a_call_for_each_twenty(browser, world, count):
    world.connect(world.user, US)
    items = [{"sku": f"MUG/{number} +%", "price": 10 + number / 100} for number in range(count)]

    answer = browser.post(FEES, json={"items": items})

    rows = answer.json["items"]
    assert answer.status_code == 200
    assert [(row["sku"], row["price"]) for row in rows] == [(one["sku"], one["price"]) for one in items]
    assert len(world.fees.asked) == -(-count // 20)


def test_a_bad_row_does_not_stop_the_others(browser, world):
    world.connect(world.user, US)
    world.fees.trouble = {"B000000009": InvalidInput({"asin": "Amazon does not take it (no)"})}
    items = [
        {"asin": ASIN, "price": "19.99", "shipping": 1, "fba": False},
        {"asin": "short", "price": 1},
        {"asin": ASIN, "price": 0},
        {"asin": ASIN, "price": 1.999},
        {"asin": ASIN},
        {"asin": ASIN, "sku": "BOTH", "price": 1},
        {"price": 1},
        {"sku": "", "price": 1},
        {"asin": ASIN, "price": 1, "colour": "red"},
        {"asin": ASIN, "price": True},
        "a text",
        {"asin": "B000000009", "price": 1},
        {"sku": "MUG", "price": 20},
    ]

    rows = browser.post(FEES, json={"items": items}).json["items"]

    assert len(rows) == len(items)
    assert (rows[0]["proceeds"], rows[12]["total_fees"]) == (18, 6)
    assert {row["error"]["code"] for row in rows[1:12]} == {"invalid_request"}
    assert [row["error"]["message"].split(":")[0] for row in rows[1:12]] == [
        "asin",
        "price",
        "price",
        "price",
        "item",
        "item",
        "sku",
        "colour",
        "price",
        "item",
        "asin",
    ]
    assert (rows[1]["asin"], rows[10]) == ("short", {"error": rows[10]["error"]})


def test_a_call_that_fails_fails_its_rows_only(browser, world):
    world.connect(world.user, US)
    world.fees.calls = [None, UpstreamFailed("Amazon answered 503.")]

    rows = browser.post(FEES, json={"items": [{"sku": str(n), "price": 1} for n in range(41)]}).json["items"]

    assert ["error" in row for row in rows] == [False] * 20 + [True] * 20 + [False]
    assert rows[20]["error"] == {"code": "amazon_error", "message": "Amazon answered 503."}


def test_shipments_with_what_was_received(browser, world):
    world.connect(world.user, US)
    world.inbound.kept = [
        Shipment("FBA1", "March", "RECEIVING", "ABE8"),
        Shipment("FBA2", None, "CLOSED", None),
    ]
    world.inbound.contents = {"FBA1": [ShipmentItem("MUG", 10, 4)], "FBA2": []}

    answer = browser.get(f"{SHIPMENTS}?status=RECEIVING,CLOSED")

    assert answer.status_code == 200
    assert answer.json == {
        "items": [
            {
                "shipment_id": "FBA1",
                "name": "March",
                "status": "RECEIVING",
                "destination": "ABE8",
                "marketplace_id": US,
                "items": [{"sku": "MUG", "quantity_shipped": 10, "quantity_received": 4}],
            },
            {
                "shipment_id": "FBA2",
                "name": None,
                "status": "CLOSED",
                "destination": None,
                "marketplace_id": US,
                "items": [],
            },
        ],
        "next_cursor": None,
    }


def test_shipments_may_be_asked_for_by_change_status_and_marketplace(browser, world):
    world.connect(world.user, US, CA)

    browser.get(f"{SHIPMENTS}?updated_after=2026-03-01T00:00:00Z&status=CLOSED&marketplace_id={CA}")

    ((search, _token),) = world.inbound.searches
    assert search.marketplace_id == CA
    assert search.statuses == (ShipmentStatus.CLOSED,)
    assert search.updated_after == NOW.replace(day=1, hour=0)


def shipments(world, *names: str) -> None:
    """Amazon lists these, in this order."""
    world.inbound.kept = [Shipment(name, None, "RECEIVING", None) for name in names]
    world.inbound.contents = {name: [ShipmentItem("MUG", 10, 4)] for name in names}


def test_shipments_are_walked_one_by_one_by_their_ids(browser, world):
    world.connect(world.user, US)
    shipments(world, "FBA3", "FBA1", "FBA2")

    found = walked(browser, SHIPMENTS)

    assert [row["shipment_id"] for row in found] == ["FBA1", "FBA2", "FBA3"]
    assert len(world.inbound.searches) == 1


def test_fifty_shipments_are_a_page_and_items_are_asked_for_of_no_more_than_a_page_and_one(browser, world):
    world.connect(world.user, US)
    shipments(world, *(f"FBA{number:04}" for number in range(501)))

    page = browser.get(SHIPMENTS).json

    assert len(page["items"]) == 50
    assert len(world.inbound.items_asked) == 51


def test_a_shipment_that_goes_or_comes_between_two_pages_takes_none_along(browser, world):
    world.connect(world.user, US)
    shipments(world, "FBA2", "FBA4", "FBA6")

    def change() -> None:
        world.clock.advance(timedelta(hours=1))
        shipments(world, "FBA1", "FBA5", "FBA6", "FBA2")

    found = walked(browser, SHIPMENTS, change, read=2)

    assert [row["shipment_id"] for row in found] == ["FBA2", "FBA4", "FBA5", "FBA6"]


def test_answers_are_kept_for_as_long_as_the_setting_says(browser, world):
    world.connect(world.user, US)
    for _ in range(2):
        browser.get(f"{ELIGIBILITY}/{ASIN}")
        browser.get(f"{FEES}/{ASIN}?price=1")
        browser.get(SHIPMENTS)
    before = (len(world.restrictions.asked), len(world.fees.singles), len(world.inbound.searches))

    world.clock.advance(timedelta(seconds=300))
    browser.get(f"{ELIGIBILITY}/{ASIN}")

    assert before == (1, 1, 1)
    assert len(world.restrictions.asked) == 2


def test_what_one_user_was_told_is_kept_from_another_one(browser, stranger_browser, world):
    world.connect(world.user, US, seller_id="SAME")
    world.connect(world.stranger, US, seller_id="SAME")
    browser.get(f"{ELIGIBILITY}/{ASIN}")
    world.restrictions.restricted[ASIN] = GATED

    found = stranger_browser.get(f"{ELIGIBILITY}/{ASIN}").json

    assert found["status"] == "APPROVAL_REQUIRED"


#: Every way to ask, as a method, an address and a body.
WAYS = [
    ("GET", f"{ELIGIBILITY}/{ASIN}", None),
    ("POST", ELIGIBILITY, {"asins": [ASIN]}),
    ("GET", f"{FEES}/{ASIN}?price=1", None),
    ("POST", FEES, {"items": [{"asin": ASIN, "price": 1}]}),
    ("GET", SHIPMENTS, None),
]
NAMES = ["eligibility", "eligibilities", "fees", "many fees", "shipments"]
SINGLE = [WAYS[0], WAYS[2], WAYS[4]]
SINGLE_NAMES = [NAMES[0], NAMES[2], NAMES[4]]


def ask(browser, way, **more):
    method, address, body = way
    if body is None:
        address += ("&" if "?" in address else "?") + "&".join(
            f"{name}={value}" for name, value in more.items()
        )
        return browser.open(address, method=method)
    return browser.open(address, method=method, json={**body, **more})


def trouble(world, error):
    world.restrictions.everywhere = error
    world.fees.calls = [error]
    world.inbound.trouble = {"": error}


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
def test_without_a_connection_nothing_can_be_asked(browser, way):
    answer = ask(browser, way)

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (ConnectionStatus.DISCONNECTED, "amazon_not_connected"),
        (ConnectionStatus.REAUTHORIZATION_REQUIRED, "amazon_reauthorization_required"),
    ],
)
def test_a_connection_that_is_not_alive_can_ask_nothing(browser, world, way, status, code):
    world.connect(world.user, US, status=status)

    answer = ask(browser, way)

    assert (answer.status_code, answer.json["error"]) == (403, code)


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
def test_somebody_elses_connection_is_not_found(browser, world, way):
    world.connect(world.user, US)
    theirs = world.connect(world.stranger, US, seller_id="THEIRS")

    answers = [ask(browser, way, connection_id=str(one)) for one in (theirs.id, uuid4())]

    assert [(one.status_code, one.json["error"]) for one in answers] == [(404, "not_found")] * 2
    assert world.restrictions.asked == []
    assert world.fees.singles == []


def test_a_marketplace_of_another_region_is_refused_whatever_the_asins(browser, world):
    world.connect(world.user, US)

    answer = browser.post(ELIGIBILITY, json={"asins": ["no ASIN"], "marketplace_id": DE})

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["marketplace_id"])


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
@pytest.mark.parametrize("marketplace_id", [DE, "NOWHERE"])
def test_a_marketplace_of_another_region_is_refused(browser, world, way, marketplace_id):
    world.connect(world.user, US)

    answer = ask(browser, way, marketplace_id=marketplace_id)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert list(answer.json["details"]["fields"]) == ["marketplace_id"]


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
def test_a_missing_role_is_named(browser, world, way):
    world.connect(world.user, US)
    trouble(world, AccessDenied("Amazon denies it.", role="Product Listing", request_id="r-1"))

    answer = ask(browser, way)

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_access_denied")
    assert answer.json["details"] == {"role": "Product Listing", "channel_request_id": "r-1"}


@pytest.mark.parametrize("way", SINGLE, ids=SINGLE_NAMES)
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFound("none"), 404, "not_found"),
        (UpstreamFailed("503"), 502, "amazon_error"),
        (UpstreamRefused("400"), 502, "amazon_error"),
        (StalePage("400"), 502, "amazon_error"),
        (UpstreamTimedOut("silence"), 504, "amazon_timeout"),
        (NotConfigured("no secret", ("AMAZON_LWA_CLIENT_SECRET",)), 503, "configuration_error"),
        (KeyUnavailable("no key"), 503, "configuration_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_what_goes_wrong_at_amazon_has_its_code(browser, world, way, error, status, code):
    world.connect(world.user, US)
    trouble(world, error)

    answer = ask(browser, way)

    assert (answer.status_code, answer.json["error"]) == (status, code)


@pytest.mark.parametrize("way", SINGLE, ids=SINGLE_NAMES)
def test_a_plan_that_is_used_up_says_when_to_come_back(browser, world, way):
    world.connect(world.user, US)
    trouble(world, RateLimited("Used up.", 7.2, channel="amazon"))

    answer = ask(browser, way)

    assert (answer.status_code, answer.json["error"]) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "8"


@pytest.mark.parametrize("way", [WAYS[1], WAYS[3]], ids=["eligibilities", "many fees"])
def test_what_the_whole_installation_lacks_is_the_answer_to_a_batch_too(browser, world, way):
    world.connect(world.user, US)
    trouble(world, NotConfigured("no secret", ("AMAZON_LWA_CLIENT_SECRET",)))

    answer = ask(browser, way)

    assert (answer.status_code, answer.json["error"]) == (503, "configuration_error")


@pytest.mark.parametrize("asin", ["short", "b000000001", "B0000000011", "B00000000%0A", "B0000000É1"])
def test_what_cannot_be_an_asin_is_not_found(browser, world, asin):
    world.connect(world.user, US)

    answers = [browser.get(f"{ELIGIBILITY}/{asin}"), browser.get(f"{FEES}/{asin}?price=1")]

    assert [(one.status_code, one.json["error"]) for one in answers] == [(404, "not_found")] * 2


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (f"{ELIGIBILITY}/{ASIN}?condition=mint", "condition"),
        (f"{ELIGIBILITY}/{ASIN}?connection_id=7", "connection_id"),
        (f"{FEES}/{ASIN}", "price"),
        (f"{FEES}/{ASIN}?price=", "price"),
        (f"{FEES}/{ASIN}?price=many", "price"),
        (f"{FEES}/{ASIN}?price=NaN", "price"),
        (f"{FEES}/{ASIN}?price=inf", "price"),
        (f"{FEES}/{ASIN}?price=0", "price"),
        (f"{FEES}/{ASIN}?price=-1", "price"),
        (f"{FEES}/{ASIN}?price=1.999", "price"),
        (f"{FEES}/{ASIN}?price=1e12", "price"),
        (f"{FEES}/{ASIN}?price=1&shipping=-1", "shipping"),
        (f"{FEES}/{ASIN}?price=1&fba=perhaps", "fba"),
        (f"{SHIPMENTS}?status=LOST", "status.0"),
        (f"{SHIPMENTS}?updated_after=yesterday", "updated_after"),
        (f"{SHIPMENTS}?updated_after=2026-03-01T00:00:00", "updated_after"),
        (f"{SHIPMENTS}?updated_after=0001-01-01T00:00:00%2B14:00", "updated_after"),
        (f"{SHIPMENTS}?updated_after=9999-12-31T23:59:59-14:00", "updated_after"),
        (f"{SHIPMENTS}?updated_after=9999-12-31T23:59:59Z", "updated_after"),
    ],
)
def test_a_bad_parameter_is_named(browser, world, address, field):
    world.connect(world.user, US)

    answer = browser.get(address)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert list(answer.json["details"]["fields"]) == [field]


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        (ELIGIBILITY, {}, "asins"),
        (ELIGIBILITY, {"asins": []}, "asins"),
        (ELIGIBILITY, {"asins": [ASIN] * 101}, "asins"),
        (ELIGIBILITY, {"asins": [7]}, "asins.0"),
        (ELIGIBILITY, {"asins": ASIN}, "asins"),
        (ELIGIBILITY, {"asins": [ASIN], "condition": "mint"}, "condition"),
        (ELIGIBILITY, {"asins": [ASIN], "colour": "red"}, "colour"),
        (FEES, {}, "items"),
        (FEES, {"items": []}, "items"),
        (FEES, {"items": [{"asin": ASIN, "price": 1}] * 101}, "items"),
        (FEES, {"items": {"asin": ASIN}}, "items"),
    ],
)
def test_a_bad_body_is_refused_as_a_whole(browser, world, address, body, field):
    world.connect(world.user, US)

    answer = browser.post(address, json=body)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert list(answer.json["details"]["fields"]) == [field]


def test_numbers_beyond_all_measure_are_refused(browser, world):
    world.connect(world.user, US)
    body = '{"items": [{"sku": "MUG", "price": 1e400}, {"sku": "MUG", "price": -1e400}]}'

    answer = browser.post(FEES, data=body, content_type="application/json")

    assert [row["error"]["code"] for row in answer.json["items"]] == ["invalid_request"] * 2
    assert world.fees.asked == []
