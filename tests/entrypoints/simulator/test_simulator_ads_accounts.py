"""Accounts, profiles and DSP advertisers of the simulated Ads API; headers, limits and faults in front of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.entrypoints.simulator.ads_driven import LISTED, AdsSide


@pytest.fixture
def ads() -> AdsSide:
    return AdsSide.with_config()


@pytest.fixture(scope="module")
def crowd() -> AdsSide:
    return AdsSide.with_config(accounts=1250, profiles=300, advertisers=250)


def pages(ads: AdsSide) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = []
    body: dict[str, Any] = {}
    while True:
        answer = ads.listed(body)
        assert answer.status_code == 200, answer.text
        found.append(answer.json["adsAccounts"])
        if "nextToken" not in answer.json:
            return found
        body = {"nextToken": answer.json["nextToken"]}


def test_1250_accounts_come_on_13_pages_each_once(crowd: AdsSide):
    found = pages(crowd)

    assert [len(page) for page in found] == [100] * 12 + [50]
    assert len({account["adsAccountId"] for page in found for account in page}) == 1250
    assert {account["status"] for page in found for account in page} == {
        "CREATED",
        "DISABLED",
        "PARTIALLY_CREATED",
        "PENDING",
    }
    assert any("accountName" not in account for page in found for account in page)


def test_a_country_has_an_entry_for_its_profile_and_one_for_its_entity(ads: AdsSide):
    account = next(each for each in pages(ads)[0] if each["accountName"] == "Harbor & Pine")

    by_country = Counter(each["countryCode"] for each in account["alternateIds"])
    assert by_country == {"US": 2, "CA": 2, "MX": 2}
    assert {each["profileId"] for each in account["alternateIds"] if "profileId" in each} == {
        ads.profile(country).id for country in ("US", "CA", "MX")
    }


def test_300_profiles_are_spread_over_three_hosts_and_one_address_can_have_all(crowd: AdsSide):
    by_host = {
        region: [
            each["profileId"] for each in crowd.get("/v2/profiles", region=region, accessLevel="view").json
        ]
        for region in ("na", "eu", "fe")
    }
    together = crowd.amazon.http.get("/ads/v2/profiles?accessLevel=view", headers=crowd.headers()).json

    assert all(len(ids) > 50 for ids in by_host.values())
    assert sum(map(len, by_host.values())) == len(together) == 300
    assert max(each["profileId"] for each in together) > 2**53


def test_profiles_say_uk_and_tell_the_sellers_marketplace(ads: AdsSide):
    listed = ads.get("/v2/profiles", region="eu").json

    british = next(each for each in listed if each["countryCode"] == "UK")
    assert british["accountInfo"]["marketplaceStringId"] == "A1F83G8C2ARO7P"
    assert british["accountInfo"]["id"] == ads.amazon.seller("eu").id
    assert (british["currencyCode"], british["timezone"]) == ("GBP", "Europe/London")


def test_who_may_only_look_is_told_of_on_demand(ads: AdsSide):
    usual = {each["profileId"] for each in ads.get("/v2/profiles", region="fe").json}
    viewed = {each["profileId"] for each in ads.get("/v2/profiles", region="fe", accessLevel="view").json}

    assert viewed - usual == {ads.profile("JP", "vendor").id}


def test_a_sellers_person_sees_nothing_in_other_regions(ads: AdsSide):
    headers = ads.headers(None, ads.access_token(person=1))

    found = [
        ads.amazon.http.get(f"/ads/{region}/v2/profiles", headers=headers).json for region in ("na", "eu")
    ]

    assert [len(each) for each in found] == [3, 0]


def test_one_profile_is_told_on_its_own_host_only(ads: AdsSide):
    path = f"/v2/profiles/{ads.profile('DE').id}"

    assert ads.get(path, region="eu").json["countryCode"] == "DE"
    assert ads.get(path, region="na").status_code == 404


def test_an_agencys_profile_leads_to_its_advertisers_page_by_page(crowd: AdsSide):
    agency = crowd.profile("US", "agency")

    first = crowd.get("/dsp/advertisers", agency).json
    second = crowd.get("/dsp/advertisers", agency, startIndex=100, count=100).json

    assert (first["totalResults"], len(first["response"]), len(second["response"])) == (125, 100, 25)
    assert set(first["response"][0]) == {"advertiserId", "name", "currency", "url", "country", "timezone"}


def test_any_other_profile_has_no_dsp(ads: AdsSide):
    answer = ads.get("/dsp/advertisers", ads.profile())

    assert answer.status_code == 403
    assert set(answer.json) == {"requestId", "message", "errors"}


def test_a_manager_account_names_an_advertiser_that_only_lends_its_reports(ads: AdsSide):
    agency = ads.profile("US", "agency")
    shown = {each["advertiserId"] for each in ads.get("/dsp/advertisers", agency).json["response"]}

    (manager,) = ads.get("/managerAccounts").json["managerAccounts"]

    linked = {each["dspAdvertiserId"] for each in manager["linkedAccounts"]} - {""}
    assert linked
    assert not linked & shown
    assert ads.get("/managerAccounts", region="eu").json == {"managerAccounts": []}


def test_accounts_are_hidden_renamed_and_shown_again(ads: AdsSide):
    gone, kept = ads.profile("US"), ads.profile("CA")
    ads.control("accounts/hide", ids=[str(gone.id)])
    ads.control("accounts/rename", id=str(kept.id), name="Anders")
    without = {each["profileId"]: each["accountInfo"]["name"] for each in ads.get("/v2/profiles").json}
    ads.control("accounts/show")

    again = {each["profileId"] for each in ads.get("/v2/profiles").json}

    assert gone.id not in without
    assert without[kept.id] == "Anders"
    assert gone.id in again


def test_the_crowd_grows_on_demand(ads: AdsSide):
    before = sum(map(len, pages(ads)))
    ads.control("size", accounts=150)

    assert (before, sum(map(len, pages(ads)))) == (5, 150)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Atza|without-bearer"}, 401),
        ({"Authorization": "Bearer Atza|made-up"}, 401),
        ({"Amazon-Advertising-API-ClientId": "another"}, 401),
        ({"Content-Type": "application/json"}, 415),
        ({"Accept": "application/vnd.listaccountsresource.v0+json"}, 406),
    ],
)
def test_wrong_headers_are_refused(ads: AdsSide, headers: dict[str, str], status: int):
    types = {"Content-Type": LISTED, "Accept": LISTED}

    answer = ads.amazon.http.post(
        "/ads/na/adsAccounts/list", data="{}", headers={**ads.headers(), **types, **headers}
    )

    assert answer.status_code == status
    assert set(answer.json["errors"][0]) == {"errorId", "errorCode", "errorMessage"}


def test_either_name_of_the_client_header_will_do(ads: AdsSide):
    headers = {"Authorization": f"Bearer {ads.token}", "Amazon-Ads-ClientId": ads.config.client_id}

    assert ads.amazon.http.get("/ads/na/v2/profiles", headers=headers).status_code == 200


def test_a_token_dies_after_an_hour(ads: AdsSide):
    assert ads.get("/v2/profiles").status_code == 200
    ads.amazon.clock.advance(seconds=3600)

    answer = ads.get("/v2/profiles")

    assert answer.status_code == 401
    assert set(answer.json) == {"code", "details", "requestId"}


@pytest.mark.parametrize("profile", ["none", "unknown", "elsewhere"])
def test_a_profile_that_is_not_to_be_had_is_a_401_as_well(ads: AdsSide, profile: str):
    scopes = {"none": {}, "unknown": {"Scope": "123"}, "elsewhere": {"Scope": str(ads.profile("DE").id)}}
    headers = ads.headers() | {
        f"Amazon-Advertising-API-{name}": value for name, value in scopes[profile].items()
    }

    answer = ads.amazon.http.get("/ads/na/dsp/advertisers", headers=headers)

    texts = {
        "none": "Scope header is missing",
        "unknown": "No matching advertiser",
        "elsewhere": "access scope",
    }
    assert answer.status_code == 401
    assert texts[profile] in answer.json["message"]


def test_limits_refuse_and_say_when(ads: AdsSide):
    answers = [ads.get("/v2/profiles") for _ in range(201)]

    assert [each.status_code for each in answers] == [200] * 200 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "429", "retry_after": 7}, 429),
        ({"kind": "token_expired"}, 401),
        ({"kind": "missing_role"}, 403),
        ({"kind": "html_502"}, 502),
    ],
)
def test_faults_strike_in_the_apis_own_shape(ads: AdsSide, fault: dict[str, Any], status: int):
    ads.amazon.order({"operation": "ads.listProfiles", **fault})

    struck, after = ads.get("/v2/profiles"), ads.get("/v2/profiles")

    assert (struck.status_code, after.status_code) == (status, 200)
    assert struck.headers.get("Retry-After") == ("7" if "retry_after" in fault else None)
    assert (struck.json is None) == (status == 502)


def test_an_unknown_path_is_a_404(ads: AdsSide):
    answers = [ads.get("/dsp/accounts"), ads.get("/v1/profiles"), ads.get("/adsAccounts/register/x")]

    assert [each.status_code for each in answers] == [404, 404, 404]


@pytest.mark.parametrize("token", ["made-up", None])
def test_a_page_token_is_good_for_its_own_listing(crowd: AdsSide, token: str | None):
    given = token or crowd.listed().json["nextToken"]

    answer = crowd.listed({"nextToken": given, "maxResults": 50})

    assert answer.status_code == 400
