"""The proxy to SP-API, seen from the browser; beyond it, a gateway that plays answers."""

from uuid import uuid4

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import AccessDenied, RateLimited, ReauthorizationRequired, UpstreamFailed, UpstreamTimedOut
from domain.gateway.model import Answer, Patience

PROXY = "/api/v1/amazon/proxy"
ORDERS = f"{PROXY}/orders/2026-01-01/orders"
PARTICIPATIONS = f"{PROXY}/sellers/v1/marketplaceParticipations"
ITEM = f"{PROXY}/listings/2021-08-01/items/A1SELLER/SKU"


@pytest.fixture
def connection(world):
    return world.connect(world.user)


def test_a_call_goes_on_as_it_was_asked_and_the_answer_comes_back_as_it_is(browser, world, connection):
    headers = {
        "content-type": "application/json; charset=x",
        "x-amzn-requestid": "R-1",
        "x-amzn-ratelimit-limit": "0.5",
    }
    world.passage.answers.append(Answer(202, headers, b'{"a": 1.50}'))

    answer = browser.get(f"{ORDERS}?marketplaceIds=A&marketplaceIds=B&b=%2C&a=%2f+&empty=")

    ((passed, call, patience),) = world.passage.passed
    assert (answer.status_code, answer.data) == (202, b'{"a": 1.50}')
    assert answer.headers["Content-Type"] == "application/json; charset=x"
    assert answer.headers["X-Amzn-RequestId"] == "R-1"
    assert answer.headers["X-Amzn-RateLimit-Limit"] == "0.5"
    assert (passed, patience) == (connection, Patience.INTERACTIVE)
    assert (call.operation.name, call.operation.method) == ("searchOrders", "GET")
    assert call.raw_path == "/orders/2026-01-01/orders"
    assert call.raw_query == "marketplaceIds=A&marketplaceIds=B&b=%2C&a=%2F+&empty="


def test_a_sku_in_the_path_keeps_its_encoding(browser, world, connection):
    browser.get(f"{PROXY}/listings/2021-08-01/items/A1SELLER/A%2FB%2B%25%20C+D")

    (_connection, call, _patience) = world.passage.passed[0]
    assert call.path == "/listings/2021-08-01/items/A1SELLER/A%2FB%2B%25%20C+D"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_method_goes_on_with_its_body(browser, world, connection, method):
    answer = browser.open(ITEM, method=method, data=b'{"x":  1}', content_type="application/json")

    (_connection, call, _patience) = world.passage.passed[0]
    assert answer.status_code == 200
    assert (call.operation.method, call.body, call.operation.repeatable) == (method, b'{"x":  1}', False)


def test_changing_calls_are_in_the_audit_log_and_reading_ones_are_not(browser, world, connection):
    browser.get(PARTICIPATIONS)
    browser.delete(ITEM)

    (entry,) = [entry for entry in world.store.tables.audit if entry.action == "proxy.called"]
    assert (entry.connection_id, entry.actor, entry.address) == (connection.id, world.user.email, "127.0.0.1")
    assert entry.details["seller_id"] == connection.seller_id
    assert entry.details["operation"].startswith(("DELETE ", "deleteListingsItem"))


def test_a_changing_call_without_an_answer_is_in_the_audit_log_all_the_same(browser, world, connection):
    world.passage.answers.append(UpstreamTimedOut("silence"))

    assert browser.delete(ITEM).status_code == 504

    assert "proxy.called" in world.deeds(world.user)


@pytest.mark.parametrize("status", [200, 204, 302, 400, 403, 404, 413, 429, 500, 503])
def test_every_status_of_amazons_comes_through(browser, world, connection, status):
    world.passage.answers.append(Answer(status, {"content-type": "text/html"}, b""))

    assert browser.get(PARTICIPATIONS).status_code == status


def test_nothing_that_acts_in_a_browser_comes_through(browser, world, connection):
    headers = {
        "content-type": "text/html",
        "set-cookie": "portside_session=stolen",
        "location": "https://evil.example",
        "access-control-allow-origin": "*",
        "content-security-policy": "default-src *",
        "content-encoding": "gzip",
        "www-authenticate": "Basic",
        "x-amzn-requestid": "folded\r\n line",
    }
    world.passage.answers.append(Answer(302, headers, b"<script>alert(1)</script>"))

    answer = browser.get(PARTICIPATIONS)

    dangerous = {
        "set-cookie",
        "location",
        "access-control-allow-origin",
        "content-encoding",
        "www-authenticate",
    }
    assert dangerous & {name.lower() for name, _value in answer.headers} == set()
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Amzn-RequestId"] == "folded line"


def test_an_answer_without_a_type_is_bytes(browser, world, connection):
    world.passage.answers.append(Answer(200, {}, b"x"))

    assert browser.get(PARTICIPATIONS).headers["Content-Type"] == "application/octet-stream"


# Whose connection


def test_a_connection_may_be_named_and_its_name_does_not_go_on(browser, world, connection):
    other = world.connect(world.user, seller_id="SELLER2")

    browser.get(f"{ORDERS}?a=1&connection_id={other.id}&b=2")
    browser.get(f"{ORDERS}?connection%5fid={other.id}")

    assert [(each[0].id, each[1].raw_query) for each in world.passage.passed] == [
        (other.id, "a=1&b=2"),
        (other.id, ""),
    ]


def test_somebody_elses_connection_is_not_found_and_nothing_is_sent(browser, world, connection):
    theirs = world.connect(world.stranger, seller_id="THEIRS")

    answers = [browser.open(f"{ITEM}?connection_id={one}", method="DELETE") for one in (theirs.id, uuid4())]

    assert [(one.status_code, one.json["error"]) for one in answers] == [(404, "not_found")] * 2
    assert world.passage.passed == []
    assert "proxy.called" not in world.deeds(world.user) + world.deeds(world.stranger)


@pytest.mark.parametrize(
    "query", ["connection_id=7", "connection_id=", f"connection_id={uuid4()}&connection_id={uuid4()}"]
)
def test_a_bad_id_is_named(browser, world, connection, query):
    answer = browser.get(f"{ORDERS}?{query}")

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["connection_id"])
    assert world.passage.passed == []


def test_without_a_connection_nothing_is_sent(browser, world):
    answer = browser.get(ORDERS)

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")
    assert world.passage.passed == []


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (ConnectionStatus.DISCONNECTED, "amazon_not_connected"),
        (ConnectionStatus.REAUTHORIZATION_REQUIRED, "amazon_reauthorization_required"),
    ],
)
def test_a_dead_connection_says_so_and_nothing_is_sent(browser, world, status, code):
    connection = world.connect(world.user, status=status)

    answers = [browser.delete(ITEM), browser.get(f"{ORDERS}?connection_id={connection.id}")]

    assert [(one.status_code, one.json["error"]) for one in answers] == [(403, code)] * 2
    assert world.passage.passed == []
    assert "proxy.called" not in world.deeds(world.user)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RateLimited("used up", 61, channel="amazon"), 429, "rate_limited"),
        (ReauthorizationRequired("revoked"), 403, "amazon_reauthorization_required"),
        (AccessDenied("denied", role="Pricing"), 403, "amazon_access_denied"),
        (UpstreamFailed("more than 32 MiB"), 502, "amazon_error"),
        (UpstreamTimedOut("silence"), 504, "amazon_timeout"),
    ],
)
def test_what_goes_wrong_on_the_way_is_answered_in_our_words(browser, world, connection, error, status, code):
    world.passage.answers.append(error)

    answer = browser.get(PARTICIPATIONS)

    assert (answer.status_code, answer.json["error"], answer.json["success"]) == (status, code, False)
    assert ("Retry-After" in answer.headers) == (status == 429)


# What is not passed on


@pytest.mark.parametrize(
    "path",
    [
        "/tokens/2021-03-01/restrictedDataToken",
        "/TOKENS/2021-03-01/restrictedDataToken",
        "/%74okens/2021-03-01/restrictedDataToken",
        "/orders/v0/orders",
        "/orders/v0/orders/1/buyerInfo",
        "/orders/v0/orders/1/buyer%49nfo",
        "/orders/v0/orders/1%2Faddress",
        "/orders/2026-01-01/orders?includedData=buyer",
        "/messaging/v1/orders/1",
    ],
)
def test_restricted_operations_are_refused(browser, world, connection, path):
    answer = browser.get(PROXY + path)

    assert (answer.status_code, answer.json["error"]) == (403, "forbidden")
    assert world.passage.passed == []


def test_a_restricted_report_is_refused(browser, world, connection):
    answer = browser.post(
        f"{PROXY}/reports/2021-06-30/reports",
        json={"reportType": "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING", "marketplaceIds": ["A"]},
    )

    assert (answer.status_code, answer.json["error"], world.passage.passed) == (403, "forbidden", [])


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//sales/v1/orderMetrics",
        "/sales//v1/orderMetrics",
        "/sales/v1/../../tokens/x",
        "/sales/v1/%2e%2e/%2E%2E/tokens/x",
        "/sales/v1/%252e%252e/tokens/x",
        "/sales/v1/%5c..%5ctokens",
        "/sales/v1/x%2F..%2Fy",
        "/sales/v1/orderMetrics/",
        "/sales/v1/%0d%0ax",
        "/admin",
        "/http://evil.example/sales/v1/x",
        "/https:%2f%2fevil.example/x",
        "/@evil.example/sales/v1/x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_paths_that_leave_sp_api_are_not_found(browser, world, connection, method, path):
    answer = browser.open(environ_overrides={"RAW_URI": PROXY + path}, path=PROXY + path, method=method)

    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert world.passage.passed == []


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/api/v1/amazon/proxy/sales/v1/orderMetrics",
        "/api/v1/amazon/pro%78y/sales/v1/orderMetrics",
        "/api/v1/../v1/amazon/proxy/sales/v1/orderMetrics",
        "*",
    ],
)
def test_only_our_own_address_in_its_own_spelling_leads_through(browser, world, connection, target):
    answer = browser.get(f"{PROXY}/sales/v1/orderMetrics", environ_overrides={"RAW_URI": target})

    assert (answer.status_code, world.passage.passed) == (404, [])


def test_a_query_that_is_not_encoded_is_refused(browser, world, connection):
    raw = {"RAW_URI": f"{ORDERS}?a=<b>"}

    answer = browser.get(ORDERS, environ_overrides=raw)

    assert (answer.status_code, list(answer.json["details"]["fields"])) == (400, ["query"])


@pytest.mark.parametrize(
    ("method", "kind", "body", "status"),
    [
        ("POST", "text/plain", b"{}", 415),
        ("POST", "application/x-www-form-urlencoded", b"a=b", 415),
        ("POST", None, b"{}", 415),
        ("GET", "application/json", b"{}", 400),
        ("POST", "application/json", b"x" * (2**20 + 1), 413),
    ],
)
def test_bodies_are_json_and_not_too_large(browser, world, connection, method, kind, body, status):
    answer = browser.open(ITEM, method=method, data=body, content_type=kind)

    assert (answer.status_code, answer.json["success"], world.passage.passed) == (status, False, [])


# Who may


def test_nothing_of_the_callers_headers_goes_on(browser, world, connection):
    browser.get(ORDERS, headers={"x-amz-date": "now", "X-Forwarded-Host": "evil.example"})

    (_connection, call, _patience) = world.passage.passed[0]
    assert set(vars(call)) == {"operation", "query", "values", "body", "raw_path", "raw_query"}
    assert (call.query, call.values, call.body) == ({}, {}, None)


@pytest.mark.parametrize("header", ["x-amz-access-token", "Authorization"])
def test_a_program_shows_its_key_in_either_header(browser, anonymous, world, connection, header):
    key = browser.post("/api/v1/auth/api-keys", json={"name": "sdk"}).json["key"]
    shown = f"Bearer {key}" if header == "Authorization" else key

    answer = anonymous.delete(ITEM, headers={header: shown, "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
    assert key not in repr(world.passage.passed)


def test_a_token_of_amazons_own_opens_nothing_whatever_cookie_comes_along(browser, world, connection):
    answer = browser.get(ORDERS, headers={"x-amz-access-token": "Atza|from-somewhere"})

    assert (answer.status_code, answer.json["error"]) == (401, "unauthenticated")
    assert world.passage.passed == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_sites_may_not_ride_on_the_cookie(browser, world, connection, method):
    answer = browser.open(ITEM, method=method, headers={"Origin": "https://evil.example"})

    assert (answer.status_code, answer.json["error"]) == (403, "cross_site_request")
    assert world.passage.passed == []


def test_asking_for_the_head_alone_asks_amazon_for_the_whole(browser, world, connection):
    answer = browser.head(PARTICIPATIONS)

    assert (answer.status_code, answer.data) == (200, b"")
    assert world.passage.passed[0][1].operation.method == "GET"
