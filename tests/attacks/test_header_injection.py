"""Line breaks and other headers, smuggled in by everything that ends in a header of an answer."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header

from domain.gateway.model import Answer
from domain.reports.model import ReportStatus
from entrypoints.http.openapi import document
from tests.attacks.belongings import Belongings
from tests.attacks.wire import Target
from tests.entrypoints.browsers import app_of, logged_in
from tests.entrypoints.http.wishes import TABLE, a_report, keep
from tests.fakes.world import World

EVIL = "evil=1"
BREAKS = ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\x00", "\u560a\u560d"]
DOCUMENT = document(app_of(World()))


def parameters() -> Iterator[tuple[str, str]]:
    """Every parameter of every GET."""
    for path, methods in DOCUMENT["paths"].items():
        for one in methods.get("get", {}).get("parameters", ()):
            if one["in"] in ("query", "path"):
                yield path, one["name"]


@pytest.fixture(scope="module")
def browser() -> FlaskClient:
    world = World()
    Belongings.of(world, world.user)
    return logged_in(app_of(world), world.user)


@pytest.mark.parametrize(("path", "name"), list(parameters()))
def test_no_parameter_writes_a_header(browser, path, name):
    for line_break in BREAKS:
        planted = quote(f"a{line_break}Set-Cookie: {EVIL}{line_break}{line_break}<script>", safe="")
        address = path.replace(f"{{{name}}}", planted).replace("{", "").replace("}", "")
        if f"{{{name}}}" not in path:
            address += f"?{name}={planted}"

        answer = browser.get(address, buffered=True)

        assert answer.status_code < 500
        assert EVIL not in "".join(answer.headers.getlist("Set-Cookie"))
        assert all(character.isprintable() for _name, value in answer.headers for character in value)


@pytest.mark.parametrize(
    "planted",
    [
        "/api/v1/amazon/oauth/callback?state=x%0d%0aSet-Cookie:%20evil=1&spapi_oauth_code=%0d%0aSet-Cookie:%20evil=1",
        "/api/v1/amazon/oauth/callback?error=%0d%0aSet-Cookie:%20evil=1",
        "/api/v1/shopify/oauth/callback?error=%0d%0aSet-Cookie:%20evil=1&shop=%0aSet-Cookie:%20evil=1",
        "/api/v1/shopify/oauth/authorize?shop=acme%0d%0aSet-Cookie:%20evil=1&hmac=x&timestamp=1",
        "/api/v1/amazon/oauth/login?amazon_callback_uri=https://sellercentral.amazon.com/%0d%0aSet-Cookie:%20evil=1&amazon_state=x&selling_partner_id=A1",
        "/settings?next=%0d%0aSet-Cookie:%20evil=1",
        "/assets/%0d%0aSet-Cookie:%20evil=1.js",
        "/%0d%0aSet-Cookie:%20evil=1",
        "/api/v1/%E5%98%8A%E5%98%8DSet-Cookie:%20evil=1",
    ],
)
def test_on_the_wire_no_header_comes_of_what_the_address_says(target: Target, planted: str) -> None:
    answer = target.ask("GET", planted)

    assert answer.status != 500
    assert [value for name, value in answer.headers if name == "set-cookie" and EVIL in value] == []
    assert b"\r\nSet-Cookie: evil" not in answer.raw


@pytest.mark.parametrize(
    "sent",
    [
        "a\tb-and-more",
        "short",
        "x" * 65,
        "a b c d e f",
        "<script>12345",
        "12345678%0d%0aX: y",
        "é" * 10,
        "'; --567890",
    ],
)
def test_a_request_id_that_could_do_harm_is_not_given_back(target: Target, sent: str) -> None:
    answer = target.ask("GET", "/healthz", f"X-Request-Id: {sent}")

    assert answer.header("X-Request-Id").isalnum()
    assert answer.header("X-Request-Id") != sent


def test_nothing_that_amazon_answers_through_the_proxy_writes_a_header(attacker, world):
    world.connect(world.user)
    headers = {
        "content-type": "application/json\r\nSet-Cookie: evil=1",
        "x-amzn-requestid": "a\r\nSet-Cookie: evil=1",
        "x-amzn-ratelimit-limit": "0.5\nSet-Cookie: evil=1\r\n\r\n<script>",
    }
    world.passage.answers.append(Answer(200, headers, b"{}"))

    answer = attacker.get("/api/v1/amazon/proxy/sellers/v1/marketplaceParticipations")

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert all(character.isprintable() for _name, value in answer.headers for character in value)


@pytest.mark.parametrize(
    "name",
    [
        'GET_"; filename=evil.exe; x="',
        "GET_\\",
        "GET_../../x",
        "GET_\u202excod.exe",
        "GET_;filename*=UTF-8''evil",
    ],
)
def test_no_report_gives_its_file_a_name_of_its_own(attacker, world, name):
    connection = world.connect(world.user)
    report = keep(world, a_report(connection, ReportStatus.COMPLETED, report_type=name), TABLE, [b"x"])

    answer = attacker.get(f"/api/v1/amazon/reports/{report.id}/download", buffered=True)

    kind, said = parse_options_header(answer.headers["Content-Disposition"])
    assert kind == "attachment"
    assert set(said) == {"filename"}
    assert said["filename"].endswith(".tsv")
