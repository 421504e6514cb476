"""Sending somebody on from here to a place of the attacker's choice."""

from urllib.parse import quote, urlencode, urlsplit

import pytest

from domain.users.model import Visitor
from entrypoints.http.openapi import document
from tests.attacks.wire import Target
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

#: What browsers, or those who check addresses, have taken for another place than it is.
ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http://localhost@evil.example",
    "http://localhost:80@evil.example",
    "http://localhost.evil.example",
    "http://localhost\\.evil.example",
    "http://evil.example#http://localhost",
    "http://evil.example?http://localhost",
    "http://evil。example",
    "http://ⓔvil.example",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    " https://evil.example",
    "https://evil.example\r\n",
]
#: What redirects take as their target, in one software or another; and what ours take at all.
NAMES = {
    "next",
    "url",
    "redirect",
    "redirect_uri",
    "return_to",
    "returnUrl",
    "continue",
    "callback",
    "r",
    "u",
    "goto",
}
DOCUMENT = document(app_of(World()))
OURS = {
    one["name"]
    for methods in DOCUMENT["paths"].values()
    for one in methods.get("get", {}).get("parameters", ())
    if one["in"] == "query"
}
PATHS = [path for path, methods in DOCUMENT["paths"].items() if "get" in methods and "{" not in path]
FRONT_END = "https://app.example"


@pytest.fixture(scope="module")
def world() -> World:
    return World(PUBLIC_URL="https://portside.example", FRONTEND_URL=f"{FRONT_END}/shop")


@pytest.fixture(scope="module")
def browsers(world):
    app = app_of(world)
    return logged_in(app, world.user), app.test_client()


def sent_to(browsers, places: list[str], paths: list[str]) -> set[str | None]:
    """The hosts that somebody is sent to, whatever the parameters that could name one say."""
    answers = [
        browser.get(f"{path}?{urlencode(dict.fromkeys(sorted(NAMES | OURS), place))}", buffered=True)
        for browser in browsers
        for path in paths
        for place in places
    ]
    return {urlsplit(answer.location).hostname for answer in answers if answer.location}


def test_no_route_that_sends_people_on_sends_them_where_a_parameter_says(browsers):
    paths = [path for path in PATHS if "302" in DOCUMENT["paths"][path]["get"]["responses"]]

    assert len(paths) > 4
    assert sent_to(browsers, ELSEWHERE, paths) <= {"app.example"}


def test_no_other_route_sends_anybody_on(browsers):
    paths = [path for path in PATHS if "302" not in DOCUMENT["paths"][path]["get"]["responses"]]

    assert sent_to(browsers, ELSEWHERE[:1], paths) == set()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/amazon/oauth/callback",
        "/api/auth/amazon/callback",
        "/api/v1/shopify/oauth/callback",
        "/api/v1/ads/oauth/callback",
    ],
)
@pytest.mark.parametrize(
    "headers",
    [{}, {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Referer": "https://evil.example"}],
)
def test_a_callback_leads_to_the_front_end_and_carries_nothing_along(browsers, path, headers):
    answer = browsers[0].get(
        f"{path}?state=x&code=secret&spapi_oauth_code=secret&next=//evil.example", headers=headers
    )

    assert answer.status_code == 302
    assert answer.location.startswith(f"{FRONT_END}/shop/settings?")
    assert "secret" not in answer.location
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "portside.example@evil.example", "evil.example/x?", ""]
)
@pytest.mark.parametrize(
    "template",
    [
        "//{0}",
        "/{0}/",
        "/api//v1/auth/me",
        "//api/v1/auth/me",
        "/settings/",
        "/settings//",
        "/assets//{0}",
        "/docs//",
        "/api/v1/amazon/connections/",
        "/{0}//..",
        "//{0}/%2f..",
    ],
)
def test_no_address_that_is_not_quite_right_is_mended_by_a_redirect_to_the_host_that_the_request_names(
    target: Target, host: str, template: str
) -> None:
    answer = target.ask("GET", template.format("evil.example"), host=host)

    assert answer.status in (200, 400, 401, 404)
    assert answer.header("Location") is None


@pytest.mark.parametrize("host", ["evil.example", "evil.example:443"])
@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "Forwarded"])
def test_addresses_that_lead_back_here_are_made_of_the_settings_whatever_the_request_calls_us(
    world, browsers, header, host
):
    _key, text = world.services.api_keys.create(world.user, Visitor("console"), header)
    headers = {header: f"host={host}" if header == "Forwarded" else host, "Authorization": f"Bearer {text}"}

    answers = [
        browsers[1].get(path, headers=headers) for path in ("/api/v1/amazon/oauth/authorize", "/openapi.json")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer for answer in answers if "evil.example" in answer.get_data(as_text=True)] == []
    assert [answer for answer in answers if "evil.example" in str(answer.headers)] == []


@pytest.mark.parametrize(
    "uri",
    [
        *ELSEWHERE,
        "https://sellercentral.amazon.com.evil.example/x",
        "https://sellercentral.amazon.com@evil.example/x",
        "https://evil.example\\@sellercentral.amazon.com/x",
        "https://evil.example/\\sellercentral.amazon.com",
        "https://sellercentral.amazon.com\\.evil.example/x",
        "https://sellercentral.amazon.com%2eevil.example/x",
        "https://sellercentral.amazon.com:444/x",
        "https://sellercentral。amazon。com/x",
        "https://sellercentral.amazon.com./x",
        "https://ſellercentral.amazon.com/x",
        "http://sellercentral.amazon.com/x",
        "https://sellercentral.amazon.com/x\r\nLocation: https://evil.example",
        "https://sellercentral.amazon.com/#https://evil.example",
    ],
)
def test_who_begins_at_amazon_is_sent_back_to_amazon_alone(browsers, uri):
    sent = {"amazon_callback_uri": uri, "amazon_state": "s", "selling_partner_id": "A1SELLER"}

    answers = [browser.get("/api/v1/amazon/oauth/login", query_string=sent) for browser in browsers]

    assert {(answer.status_code, answer.location) for answer in answers} == {(400, None)}


def test_the_log_in_that_comes_between_is_told_of_our_own_address_alone(browsers):
    sent = {
        "amazon_callback_uri": "https://sellercentral.amazon.com/x",
        "amazon_state": "s",
        "selling_partner_id": "A1SELLER",
    }

    answer = browsers[1].get(
        "/api/v1/amazon/oauth/login", query_string=sent, headers={"Host": "evil.example"}
    )

    onward = quote("https://portside.example/api/v1/amazon/oauth/login", safe="")
    assert answer.location == f"{FRONT_END}/shop/login?next={onward}"
