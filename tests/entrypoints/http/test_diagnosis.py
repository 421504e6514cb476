"""The test endpoints, seen from the browser: which link holds, and orders without their buyers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import AccessDenied, RateLimited, ReauthorizationRequired, UpstreamTimedOut
from domain.gateway.model import Patience
from domain.money import Money
from domain.users.model import Visitor
from tests.fakes.things import DE, NOW, UK, US, an_item, an_order

STATUS, ORDERS = "/api/amazon/test/status", "/api/amazon/test/orders"
TOKEN = "Atzr|" + "x" * 300


def checks(answer) -> dict[str, str]:
    return {check["name"]: check["status"] for check in answer.json["data"]["checks"]}


def test_a_sound_connection_is_ok_in_every_link(browser, world):
    connection = world.connect(world.user, US, refresh_token=TOKEN)

    answer = browser.get(STATUS)

    data = answer.json["data"]
    assert (answer.status_code, answer.json["success"], data["ok"]) == (200, True, True)
    assert data["connectionId"] == str(connection.id)
    assert (data["sellerId"], data["region"], data["marketplaceIds"]) == ("SELLER1", "na", [US])
    assert data["status"] == "connected"
    assert checks(answer) == {
        "stored_credentials": "ok",
        "key": "ok",
        "token_exchange": "ok",
        "role": "skipped",
        "call": "ok",
        "roles": "ok",
        "authorization_age": "ok",
    }


def test_every_check_has_the_same_shape(browser, world):
    world.connect(world.user, US, refresh_token=TOKEN)

    found = browser.get(STATUS).json["data"]["checks"]

    assert all({"name", "status", "cause", "mend", "seconds"} <= set(check) for check in found)
    assert found[4] == {
        "name": "call",
        "status": "ok",
        "cause": None,
        "mend": None,
        "seconds": 0.0,
        "details": {"marketplaceIds": [US]},
    }
    assert found[5]["details"] == {
        "granted": ["Selling Partner Insights", "Inventory and Order Tracking", "Amazon Fulfillment"]
    }
    assert found[6]["details"] == {"renewBefore": "2027-03-04T11:00:00Z", "daysLeft": 364}


def test_a_broken_link_is_an_answer_and_no_error(browser, world):
    world.connect(world.user, US, refresh_token=TOKEN)
    world.amazon.accounts.trouble.append(
        AccessDenied("Amazon denies it.", role="Selling Partner Insights", request_id="r-1")
    )

    answer = browser.get(STATUS)

    call = answer.json["data"]["checks"][4]
    assert (answer.status_code, answer.json["success"], answer.json["data"]["ok"]) == (200, True, False)
    assert (call["status"], call["requestId"]) == ("failed", "r-1")
    assert call["details"] == {"role": "Selling Partner Insights"}
    assert "Selling Partner Insights" in call["mend"]


def test_roles_that_are_refused_are_told_from_those_that_could_not_be_tried(browser, world):
    world.connect(world.user, US, refresh_token=TOKEN)
    world.amazon.orders.trouble.append(RateLimited("used up", 60, channel="amazon"))
    world.amazon.stock.trouble.append(AccessDenied("no", role="Amazon Fulfillment", request_id="r-2"))

    answer = browser.get(STATUS)

    roles = answer.json["data"]["checks"][5]
    assert (answer.status_code, answer.json["data"]["ok"]) == (200, False)
    assert (roles["name"], roles["status"], roles["requestId"]) == ("roles", "failed", "r-2")
    assert roles["details"] == {
        "granted": ["Selling Partner Insights"],
        "refused": ["Amazon Fulfillment"],
        "notTried": ["Inventory and Order Tracking"],
    }


def test_the_status_is_the_one_after_the_exchange(browser, world):
    world.connect(world.user, US, refresh_token=TOKEN)
    world.lwa.renewals.append(ReauthorizationRequired("revoked (invalid_grant)"))

    answer = browser.get(STATUS)

    assert answer.json["data"]["status"] == "reauthorization_required"
    assert checks(answer)["token_exchange"] == "failed"


def test_a_disconnected_connection_is_told_from_none(browser, world):
    world.connect(world.user, US, refresh_token=TOKEN)
    world.services.connections.disconnect(world.user, Visitor("test"))

    answer = browser.get(STATUS)

    assert (answer.status_code, answer.json["data"]["status"]) == (200, "disconnected")
    assert checks(answer)["stored_credentials"] == "failed"


@pytest.mark.parametrize("address", [STATUS, ORDERS])
def test_without_any_connection_there_is_nothing_to_try(browser, address):
    answer = browser.get(address)

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


@pytest.mark.parametrize("address", [STATUS, ORDERS])
def test_a_connection_can_be_named(browser, world, address):
    world.connect(world.user, US, refresh_token=TOKEN)
    second = world.connect(world.user, DE, seller_id="SELLER2", refresh_token=TOKEN)

    answer = browser.get(address, query_string={"amazonAccountId": str(second.id)})

    assert (answer.status_code, answer.json["data"]["connectionId"]) == (200, str(second.id))


@pytest.mark.parametrize("address", [STATUS, ORDERS])
def test_somebody_elses_connection_is_not_found_and_not_tried(browser, world, address):
    world.connect(world.user, US)
    theirs = world.connect(world.stranger, US, seller_id="THEIRS")

    answer = browser.get(address, query_string={"amazonAccountId": str(theirs.id)})

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert (world.lwa.refreshes, world.amazon.orders.asked) == (0, [])


@pytest.mark.parametrize("address", [STATUS, ORDERS])
def test_what_is_no_id_is_a_bad_field(browser, world, address):
    world.connect(world.user, US)

    answer = browser.get(f"{address}?amazonAccountId=SELLER1")

    assert answer.status_code == 400
    assert list(answer.json["details"]["fields"]) == ["amazonAccountId"]


@pytest.mark.parametrize("address", [STATUS, f"{ORDERS}?marketplaceId=&x=1"])
def test_blank_parameters_mean_the_default(browser, world, address):
    connection = world.connect(world.user, US, refresh_token=TOKEN)

    answer = browser.get(f"{address}{'&' if '?' in address else '?'}amazonAccountId=")

    assert answer.json["data"]["connectionId"] == str(connection.id)


def test_orders_come_as_amazon_tells_them_now(browser, world):
    connection = world.connect(world.user, US)
    world.amazon.orders.orders = [
        an_order("O-1", an_item("SKU-1", 2), total=Money(3550, "USD")),
        an_order("O-2", status="PENDING", total=None),
    ]

    answer = browser.get(ORDERS)

    data = answer.json["data"]
    assert answer.status_code == 200
    assert (data["connectionId"], data["marketplaceId"]) == (str(connection.id), US)
    assert (data["count"], data["hasMore"]) == (2, False)
    assert data["orders"][0] == {
        "orderId": "O-1",
        "purchaseDate": "2026-03-04T10:00:00Z",
        "lastUpdated": "2026-03-04T11:00:00Z",
        "status": "SHIPPED",
        "fulfilledBy": "AMAZON",
        "total": 35.5,
        "currency": "USD",
        "items": [{"sku": "SKU-1", "asin": "B000000001", "title": "A thing", "quantity": 2}],
    }
    assert (data["orders"][1]["total"], data["orders"][1]["currency"]) == (None, None)


def test_one_page_is_asked_for_and_nothing_is_kept(browser, world):
    world.connect(world.user, US)
    world.amazon.orders.orders = [an_order(f"O-{number}") for number in range(3)]
    world.amazon.orders.page_size = 2

    answer = browser.get(ORDERS)

    assert (answer.json["data"]["count"], answer.json["data"]["hasMore"]) == (2, True)
    assert len(world.amazon.orders.asked) == 1
    assert world.amazon.orders.patience == [Patience.INTERACTIVE]
    assert world.store.tables.orders == {}


def test_a_marketplace_of_the_region_can_be_named(browser, world):
    world.connect(world.user, DE)

    answer = browser.get(ORDERS, query_string={"marketplaceId": UK})

    ((window, _token),) = world.amazon.orders.asked
    assert answer.json["data"]["marketplaceId"] == UK
    assert window.marketplace_ids == (UK,)
    assert window.after == window.before - timedelta(days=7)
    assert window.before < NOW


@pytest.mark.parametrize("marketplace_id", [US, "NOWHERE"])
def test_a_marketplace_of_elsewhere_is_a_bad_field(browser, world, marketplace_id):
    world.connect(world.user, DE)

    answer = browser.get(ORDERS, query_string={"marketplaceId": marketplace_id})

    assert answer.status_code == 400
    assert DE in answer.json["details"]["fields"]["marketplaceId"]
    assert world.amazon.orders.asked == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RateLimited("used up", 12.3, channel="amazon"), 429, "rate_limited"),
        (AccessDenied("no", role="Inventory and Order Tracking"), 403, "amazon_access_denied"),
        (UpstreamTimedOut("too late"), 504, "amazon_timeout"),
    ],
)
def test_orders_that_do_not_come_are_an_error_as_everywhere(browser, world, error, status, code):
    world.connect(world.user, US)
    world.amazon.orders.trouble.append(error)

    answer = browser.get(ORDERS)

    assert (answer.status_code, answer.json["error"]) == (status, code)
    assert answer.headers.get("Retry-After") == ("13" if status == 429 else None)


def test_no_secret_is_in_an_answer(browser, world):
    world.connect(world.user, US, refresh_token=TOKEN)

    answer = browser.get(STATUS)

    assert "Atz" not in answer.text


def test_a_status_of_a_revoked_connection_says_how_to_mend_it(browser, world):
    connection = world.connect(world.user, US, refresh_token=TOKEN)
    with world.work() as work:
        revoked = replace(connection, status=ConnectionStatus.REAUTHORIZATION_REQUIRED)
        work.connections.save(revoked)
        work.commit()
    world.lwa.renewals.append(ReauthorizationRequired("revoked (invalid_grant)"))

    exchange = browser.get(STATUS).json["data"]["checks"][2]

    assert exchange["status"] == "failed"
    assert "connect again" in exchange["mend"]


def test_who_asks_without_a_pause_is_asked_to_make_one(browser, world):
    world.connect(world.user, US, refresh_token=TOKEN)

    answers = [browser.get(STATUS) for _ in range(21)]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert answers[-1].headers["Retry-After"] == "5"
