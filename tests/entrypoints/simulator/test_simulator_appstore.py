"""Authorization that begins at Amazon: the page with the apps, and the way back from the application's log-in."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.entrypoints.simulator.driven import Amazon

MANAGE = "/apps/manage"
LOGIN_URI = "http://127.0.0.1:5000/login-uri"
REDIRECT_URI = "http://127.0.0.1:5000/callback"


@pytest.fixture
def amazon() -> Amazon:
    return Amazon.with_config(login_uri=LOGIN_URI)


def links(amazon: Amazon, prefix: str = "") -> list[str]:
    """Where the page's links lead."""
    page = amazon.http.get(prefix + MANAGE)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    return [html.unescape(each) for each in re.findall(r'href="([^"]+)"', page.text)]


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def back(amazon: Amazon, link: str, **changes: str | None):
    """Come back from the application, which has added what it has to."""
    sent = query_of(link)
    query = {
        "amazon_state": sent["amazon_state"],
        "state": "ours & more",
        "redirect_uri": REDIRECT_URI,
        **changes,
    }
    path = urlsplit(sent["amazon_callback_uri"]).path
    return amazon.http.get(
        path, query_string={name: value for name, value in query.items() if value is not None}
    )


def test_the_page_leads_every_seller_to_the_applications_log_in(amazon: Amazon):
    found = links(amazon)

    assert [urlsplit(each)._replace(query="").geturl() for each in found] == [LOGIN_URI] * 3
    assert [query_of(each)["selling_partner_id"] for each in found] == [
        each.id for each in amazon.config.sellers
    ]
    for each in found:
        assert set(query_of(each)) == {"amazon_callback_uri", "amazon_state", "selling_partner_id"}


def test_a_regions_page_has_only_its_sellers_and_its_own_way_back(amazon: Amazon):
    (link,) = links(amazon, "/eu")

    assert query_of(link)["selling_partner_id"] == amazon.seller("eu").id
    callback = query_of(link)["amazon_callback_uri"]
    assert callback == f"http://localhost/eu/apps/authorize/confirm/{amazon.config.application_id}"


def test_a_login_uri_keeps_the_query_it_has():
    amazon = Amazon.with_config(login_uri=f"{LOGIN_URI}?tenant=1")

    assert links(amazon)[0].startswith(f"{LOGIN_URI}?tenant=1&amazon_callback_uri=")


def test_who_comes_back_is_sent_on_with_a_code_that_is_good(amazon: Amazon):
    answer = back(amazon, links(amazon, "/eu")[0])

    target = answer.headers["Location"]
    query = query_of(target)
    assert (answer.status_code, target.partition("?")[0]) == (302, REDIRECT_URI)
    assert set(query) == {"state", "selling_partner_id", "spapi_oauth_code"}
    assert (query["state"], query["selling_partner_id"]) == ("ours & more", amazon.seller("eu").id)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    tokens = amazon.token_request(
        grant_type="authorization_code",
        code=query["spapi_oauth_code"],
        redirect_uri=REDIRECT_URI,
        **amazon.credentials(),
    )
    assert tokens.status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amazon_state": "forged"}, "EXPIRED"),
        ({"amazon_state": None}, "EXPIRED"),
        ({"state": None}, "MISSING_STATE"),
        ({"redirect_uri": None}, "MD9100"),
        ({"redirect_uri": "https://elsewhere.example/"}, "MD5101"),
        ({"redirect_uri": f"{REDIRECT_URI}#part"}, "MD5110"),
    ],
)
def test_what_the_application_gets_wrong_is_an_error_page(amazon: Amazon, changes, code):
    answer = back(amazon, links(amazon)[0], **changes)

    assert answer.status_code == 400
    assert f"Error code: {code}" in answer.text


def test_a_state_of_amazons_is_good_for_ten_minutes_and_in_its_region_only(amazon: Amazon):
    link = links(amazon, "/eu")[0]
    elsewhere = link.replace("%2Feu%2F", "%2Fna%2F")

    assert back(amazon, elsewhere).status_code == 400
    amazon.clock.advance(minutes=11)
    assert back(amazon, link).status_code == 400


def test_another_application_is_not_found(amazon: Amazon):
    answer = amazon.http.get("/apps/authorize/confirm/amzn1.sp.solution.other?amazon_state=x&state=y")

    assert "Error code: SPSA0404" in answer.text


def test_a_draft_says_so_on_the_way_there_and_wants_to_hear_it_on_the_way_back():
    amazon = Amazon.with_config(login_uri=LOGIN_URI, app_is_draft=True)
    link = links(amazon)[0]

    without, with_beta = back(amazon, link), back(amazon, link, version="beta")

    assert query_of(link)["version"] == "beta"
    assert "Error code: MD1000" in without.text
    assert with_beta.status_code == 302


def test_an_application_without_a_login_uri_can_not_be_authorized_from_here():
    answer = Amazon.with_config().http.get(MANAGE)

    assert (answer.status_code, "Error code: MD9100" in answer.text) == (400, True)
