"""Registering an ads account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrypoints.simulator.ads.registration import REGISTERED, TERMS
from tests.entrypoints.simulator.ads_driven import AdsSide

MERCHANT = "A1NEWMERCHANT1"


@pytest.fixture
def ads() -> AdsSide:
    return AdsSide.with_config()


def send(ads: AdsSide, path: str, media_type: str, body: dict[str, Any]):
    headers = ads.headers(Content_Type=media_type)
    return ads.amazon.http.post(f"/ads/na{path}", data=json.dumps(body), headers=headers)


def terms(ads: AdsSide) -> dict[str, str]:
    answer = send(ads, "/termsTokens", TERMS, {"termsType": "ADVERTISING"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def register(ads: AdsSide, seller_id: str = MERCHANT, **fields: Any):
    association = {"amazonSeller": {"sellerCentralAccount": seller_id}}
    return send(ads, "/adsAccounts", REGISTERED, {"associations": [association], **fields})


def accepted(ads: AdsSide) -> str:
    token = terms(ads)["termsToken"]
    ads.control("terms/accept", terms_token=token)
    return token


def state(ads: AdsSide, account_id: str) -> dict[str, Any]:
    return dict(ads.get(f"/adsAccounts/{account_id}").json["adsAccount"])


def test_terms_are_accepted_on_their_page(ads: AdsSide):
    given = terms(ads)
    path = given["termsUrl"].removeprefix("http://localhost")
    before = ads.get(f"/termsTokens/{given['termsToken']}").json["termsTokenStatus"]

    shown, done = ads.amazon.http.get(path), ads.amazon.http.post(path)

    after = ads.get(f"/termsTokens/{given['termsToken']}").json["termsTokenStatus"]
    assert "<button" in shown.text
    assert done.status_code == 200
    assert (before, after) == ("CREATED", "ACCEPTED")


def test_an_account_goes_from_pending_to_created_and_gets_its_profiles(ads: AdsSide):
    made = register(ads, termsToken=accepted(ads), accountName="Neu").json["adsAccount"]
    states = [state(ads, made["adsAccountId"])]
    for _ in range(2):
        ads.amazon.clock.advance(seconds=4.5)
        states.append(state(ads, made["adsAccountId"]))

    assert (made["status"], made["accountName"]) == ("PENDING", "Neu")
    assert [each["status"] for each in states] == ["PENDING", "PARTIALLY_CREATED", "CREATED"]
    assert [sum("profileId" in each for each in state["alternateIds"]) for state in states] == [0, 1, 2]
    assert MERCHANT in {each["accountInfo"]["id"] for each in ads.get("/v2/profiles").json}


@pytest.mark.parametrize("token", [None, "unknown", "open", "used"])
def test_one_accepted_terms_token_registers_one_account(ads: AdsSide, token: str | None):
    if token == "used":
        token = accepted(ads)
        register(ads, "A1OTHERMERCHANT", termsToken=token)
    elif token == "open":
        token = terms(ads)["termsToken"]

    answer = register(ads, **({} if token is None else {"termsToken": token}))

    assert answer.status_code == 400
    assert "terms" in answer.json["errors"][0]["errorMessage"]


def test_who_is_registered_already_is_disabled_at_once_with_a_reason(ads: AdsSide):
    answer = register(ads, ads.amazon.seller().id, termsToken=accepted(ads), countryCodes=["US"])

    account = answer.json["adsAccount"]
    assert (answer.status_code, account["status"]) == (201, "DISABLED")
    assert account["errors"]["US"][0]["errorCode"] == "ALREADY_REGISTERED"


@pytest.mark.parametrize("fate", ["DISABLED", "PARTIALLY_CREATED"])
def test_a_registration_can_be_made_to_end_otherwise(ads: AdsSide, fate: str):
    ads.control("registrations/fate", fate=fate)
    made = register(ads, termsToken=accepted(ads)).json["adsAccount"]
    ads.amazon.clock.advance(seconds=60)

    ended = state(ads, made["adsAccountId"])

    assert (made["status"], ended["status"]) == ("PENDING", fate)
    assert ended["errors"]


def test_terms_can_be_left_out_where_amazon_knows_of_them():
    ads = AdsSide.with_config(terms_needed=False)

    assert register(ads).status_code == 201
