"""Seller Central's consent page."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.entrypoints.simulator.driven import Amazon

CONSENT = "/apps/authorize/consent"
CALLBACK = "http://127.0.0.1:5000/callback"


def ask(amazon: Amazon, prefix: str = "", **changes: str | None):
    query = {
        "application_id": amazon.config.application_id,
        "state": "a state & more",
        "redirect_uri": CALLBACK,
        **changes,
    }
    return amazon.http.get(prefix + CONSENT, query_string={n: v for n, v in query.items() if v is not None})


def form_of(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def decide(amazon: Amazon, form: str, decision: str, seller_id: str):
    return amazon.http.post(CONSENT, data={"form": form, "decision": decision, "seller_id": seller_id})


def test_the_page_names_the_application_and_offers_every_seller(amazon: Amazon):
    answer = ask(amazon)

    assert answer.status_code == 200
    assert "Authorize Portside?" in answer.text
    assert all(seller.id in answer.text for seller in amazon.config.sellers)
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_regions_page_offers_only_the_sellers_of_the_region(amazon: Amazon):
    answer = ask(amazon, prefix="/eu")

    assert amazon.seller("eu").id in answer.text
    assert amazon.seller("na").id not in answer.text


def test_every_control_of_the_page_has_a_label_and_works_without_script(amazon: Amazon):
    page = ask(amazon).text

    assert page.count("<label>") == page.count('type="radio"') == len(amazon.config.sellers)
    assert "<legend>" in page
    assert '<html lang="en">' in page
    assert "<script" not in page
    assert "default-src 'none'" in ask(amazon).headers["Content-Security-Policy"]


def test_confirming_sends_the_seller_back_with_state_seller_and_code(amazon: Amazon):
    answer = decide(amazon, form_of(ask(amazon).text), "confirm", amazon.seller().id)

    target = urlsplit(answer.headers["Location"])
    query = parse_qs(target.query)
    assert answer.status_code == 302
    assert f"{target.scheme}://{target.netloc}{target.path}" == CALLBACK
    assert query["state"] == ["a state & more"]
    assert query["selling_partner_id"] == [amazon.seller().id]
    assert set(query) == {"state", "selling_partner_id", "spapi_oauth_code"}
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_cancelling_sends_the_seller_back_without_a_code(amazon: Amazon):
    answer = decide(amazon, form_of(ask(amazon).text), "cancel", amazon.seller().id)

    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert answer.status_code == 302
    assert query == {"state": ["a state & more"], "error": ["access_denied"]}


def test_a_redirect_uri_keeps_the_query_it_has(amazon: Amazon):
    page = ask(amazon, redirect_uri=CALLBACK + "?tenant=1").text

    answer = decide(amazon, form_of(page), "cancel", "")

    assert answer.headers["Location"].startswith(CALLBACK + "?tenant=1&state=")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"application_id": "amzn1.sp.solution.other"}, "SPSA0404"),
        ({"application_id": None}, "SPSA0404"),
        ({"redirect_uri": None}, "MD9100"),
        ({"redirect_uri": "https://elsewhere.example/callback"}, "MD5101"),
        ({"redirect_uri": "http://127.0.0.1.elsewhere.example/"}, "MD5101"),
        ({"redirect_uri": "javascript://127.0.0.1/%0aalert(1)"}, "MD5101"),
        ({"redirect_uri": CALLBACK + "#part"}, "MD5110"),
    ],
)
def test_a_wrong_question_is_an_error_page_with_amazons_code(amazon: Amazon, changes, code):
    answer = ask(amazon, **changes)

    assert answer.status_code == 400
    assert f"Error code: {code}" in answer.text
    assert "<form" not in answer.text


def test_a_draft_application_needs_version_beta():
    amazon = Amazon.with_config(app_is_draft=True)

    without, with_beta = ask(amazon), ask(amazon, version="beta")

    assert "Error code: MD1000" in without.text
    assert with_beta.status_code == 200


def test_without_a_redirect_uri_the_first_registered_one_is_used():
    registered = ("https://app.example/first", "https://app.example/second")
    amazon = Amazon.with_config(redirect_uris=registered)

    answer = decide(amazon, form_of(ask(amazon, redirect_uri=None).text), "cancel", "")

    assert answer.headers["Location"].startswith("https://app.example/first?")
    assert ask(amazon, redirect_uri="https://app.example/second").status_code == 200


def test_a_form_that_was_not_ours_is_refused(amazon: Amazon):
    answer = decide(amazon, form_of(ask(amazon).text)[:-4] + "AAAA", "confirm", amazon.seller().id)

    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_form_is_good_for_ten_minutes(amazon: Amazon):
    form = form_of(ask(amazon).text)
    amazon.clock.advance(minutes=11)

    assert decide(amazon, form, "confirm", amazon.seller().id).status_code == 400


def test_a_seller_whom_the_page_did_not_offer_cannot_consent(amazon: Amazon):
    form = form_of(ask(amazon, prefix="/eu").text)

    assert decide(amazon, form, "confirm", amazon.seller("na").id).status_code == 400
