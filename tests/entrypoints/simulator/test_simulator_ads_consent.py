"""Consent and tokens of advertisers."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.entrypoints.simulator.ads_driven import AdsSide

CALLBACK = "http://127.0.0.1:5000/api/v1/ads/oauth/callback"
SCOPE = "advertising::campaign_management"


@pytest.fixture
def ads() -> AdsSide:
    return AdsSide.with_config()


def page(ads: AdsSide, region: str = "/eu", **changes: str | None):
    query = {
        "client_id": ads.config.client_id,
        "scope": SCOPE,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "state": "a state & more",
        **changes,
    }
    given = {name: value for name, value in query.items() if value is not None}
    return ads.amazon.http.get(f"{region}/ap/oa", query_string=given)


def decide(ads: AdsSide, decision: str = "allow", **changes: str | None) -> dict[str, str]:
    asked = page(ads, **changes).text
    form = asked.split('name="form" value="')[1].split('"')[0]
    person = ads.amazon.simulator.ads.directory.everybody.persons[0].id
    answer = ads.amazon.http.post("/eu/ap/oa", data={"form": form, "decision": decision, "person_id": person})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(CALLBACK)
    return told(answer)


def told(answer: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(ads: AdsSide, code: str, **changes: str):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    return ads.tokens(**fields | changes)


@pytest.mark.parametrize("region", ["/na", "/eu", "/fe", ""])
def test_the_page_of_every_region_offers_the_same_persons(ads: AdsSide, region: str):
    answer = page(ads, region)

    assert answer.status_code == 200
    assert answer.text.count('type="radio"') == 1 + len(ads.amazon.config.sellers)


def test_allowing_gives_a_code_that_becomes_tokens_for_an_hour(ads: AdsSide):
    landed = decide(ads)

    answer = exchange(ads, landed["code"])

    assert landed["scope"] == SCOPE
    assert landed["state"] == "a state & more"
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 3600
    assert answer.json["access_token"].startswith("Atza|")
    assert answer.json["refresh_token"].startswith("Atzr|")


def test_cancelling_gives_no_code(ads: AdsSide):
    landed = decide(ads, "cancel")

    assert landed["error"] == "access_denied"
    assert "code" not in landed


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": f"{SCOPE} advertising::reporting"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "x", "code_challenge_method": "S512"}, "invalid_request"),
    ],
)
def test_a_wrong_question_is_sent_back_with_its_error(ads: AdsSide, changes: dict[str, Any], error: str):
    answer = page(ads, **changes)

    assert answer.status_code == 302
    assert told(answer)["error"] == error
    assert told(answer)["state"] == "a state & more"


def test_a_client_without_access_to_the_ads_api_knows_no_scope():
    answer = page(AdsSide.with_config(approved=False))

    assert told(answer)["error"] == "invalid_scope"
    assert told(answer)["error_description"] == "An unknown scope was requested"


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "other"}, {"redirect_uri": "https://elsewhere.example/"}, {"redirect_uri": None}],
)
def test_a_wrong_client_or_redirect_uri_is_a_page_and_no_redirect(ads: AdsSide, changes: dict[str, Any]):
    answer = page(ads, **changes)

    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_code_is_good_once_and_for_five_minutes(ads: AdsSide):
    used, late = decide(ads)["code"], decide(ads)["code"]
    exchange(ads, used)
    ads.amazon.clock.advance(seconds=301)

    answers = [exchange(ads, used), exchange(ads, late)]

    assert [answer.json["error"] for answer in answers] == ["invalid_grant"] * 2


def test_a_code_belongs_to_its_redirect_uri(ads: AdsSide):
    code = decide(ads)["code"]

    answer = exchange(ads, code, redirect_uri="http://127.0.0.1:5000/other")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


def test_a_challenge_wants_its_verifier(ads: AdsSide):
    challenge = urlsafe_b64encode(sha256(b"verifier").digest()).decode().rstrip("=")
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}

    wrong = exchange(ads, decide(ads, **asked)["code"], code_verifier="another")
    right = exchange(ads, decide(ads, **asked)["code"], code_verifier="verifier")

    assert wrong.json["error"] == "invalid_grant"
    assert right.status_code == 200


def test_a_refresh_gives_the_same_refresh_token_back_even_after_years(ads: AdsSide):
    token = ads.amazon.simulator.ads.refresh_token()
    ads.amazon.clock.advance(days=1500)

    answer = ads.tokens(grant_type="refresh_token", refresh_token=token)

    assert answer.json["refresh_token"] == token


def test_revoking_ends_refresh_and_access_tokens_until_the_next_consent(ads: AdsSide):
    token, access = ads.amazon.simulator.ads.refresh_token(), ads.token
    ads.control("revoke")

    refreshed = ads.tokens(grant_type="refresh_token", refresh_token=token)
    called = ads.get("/v2/profiles")
    anew = ads.tokens(grant_type="refresh_token", refresh_token=ads.amazon.simulator.ads.refresh_token())

    assert access
    assert refreshed.json["error"] == "invalid_grant"
    assert called.status_code == 401
    assert anew.status_code == 200


def test_each_client_has_its_own_tokens(ads: AdsSide):
    seller = ads.amazon.simulator.refresh_token(ads.amazon.seller().id)
    advertiser = ads.amazon.simulator.ads.refresh_token()

    swapped = [
        ads.tokens(grant_type="refresh_token", refresh_token=seller),
        ads.amazon.token_request(
            grant_type="refresh_token", refresh_token=advertiser, **ads.amazon.credentials()
        ),
    ]
    wrong_secret = ads.tokens(grant_type="refresh_token", refresh_token=advertiser, client_secret="guessed")

    assert [answer.json["error"] for answer in swapped] == ["invalid_grant"] * 2
    assert (wrong_secret.status_code, wrong_secret.json["error"]) == (401, "invalid_client")
