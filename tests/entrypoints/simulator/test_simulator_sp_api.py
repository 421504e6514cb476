"""SP-API's front: tokens, headers, regions, usage plans, error bodies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.usage_plans import Buckets, UsagePlan
from tests.entrypoints.simulator.driven import (
    INVENTORY,
    METRICS,
    NOON,
    ORDERS,
    PARTICIPATIONS,
    Amazon,
    first_error,
    iso,
)

US, DE = BY_COUNTRY["US"].id, BY_COUNTRY["DE"].id
DENIED = "Access to requested resource is denied."


def test_participations_name_every_marketplace_of_the_seller(amazon: Amazon):
    answer = amazon.get(PARTICIPATIONS, region="eu")

    payload = answer.json["payload"]
    assert [each["marketplace"]["id"] for each in payload] == list(amazon.seller("eu").marketplace_ids)
    assert payload[4]["marketplace"] == {
        "id": "A1F83G8C2ARO7P",
        "name": "Amazon.co.uk",
        "countryCode": "GB",
        "defaultCurrencyCode": "GBP",
        "defaultLanguageCode": "en_GB",
        "domainName": "www.amazon.co.uk",
    }
    assert payload[0]["participation"] == {"isParticipating": True, "hasSuspendedListings": False}
    assert payload[0]["storeName"] == "Nordlicht Haushalt"


def test_a_missing_token_is_told(amazon: Amazon):
    answer = amazon.http.get(PARTICIPATIONS, headers={"User-Agent": "Tests/1"})

    assert answer.status_code == 403
    assert first_error(answer) == {
        "code": "Unauthorized",
        "message": DENIED,
        "details": "Access token is missing in the request header.",
    }


@pytest.mark.parametrize("token", ["Bearer x", "Atza|", "Atza|AAAA", "Atzr|AAAA", "Atza|ÄÖÜ"])
def test_a_token_that_is_none_is_told(amazon: Amazon, token):
    answer = amazon.get(PARTICIPATIONS, token=token)

    assert first_error(answer)["details"] == "The access token you provided is revoked, malformed or invalid."


def test_a_refresh_token_is_no_access_token(amazon: Amazon):
    refresh_token = amazon.simulator.refresh_token(amazon.seller().id)

    answer = amazon.get(PARTICIPATIONS, token=refresh_token.replace("Atzr|", "Atza|"))

    assert answer.status_code == 403


def test_an_access_token_expires_after_an_hour(amazon: Amazon):
    token = amazon.access_token()
    amazon.clock.advance(seconds=3599)
    still_good = amazon.get(PARTICIPATIONS, token=token)
    amazon.clock.advance(seconds=1)

    expired = amazon.get(PARTICIPATIONS, token=token)

    assert still_good.status_code == 200
    assert first_error(expired)["details"] == "The access token you provided has expired."


def test_an_unknown_path_is_denied_without_details(amazon: Amazon):
    answer = amazon.get("/orders/v0/orders", MarketplaceIds=US, CreatedAfter="2026-01-01T00:00:00Z")

    assert (answer.status_code, first_error(answer)["details"]) == (403, "")


def test_a_token_is_good_in_its_own_region_only(amazon: Amazon):
    own = amazon.get("/na" + PARTICIPATIONS)
    other = amazon.get("/eu" + PARTICIPATIONS)

    assert own.status_code == 200
    assert (other.status_code, first_error(other)["message"]) == (403, DENIED)
    assert first_error(other)["details"] == "The access token you provided is revoked, malformed or invalid."


@pytest.mark.parametrize(
    ("prefix", "token_region", "marketplace"),
    [("/eu", "na", US), ("", "na", DE), ("/na", "na", DE), ("", "eu", US)],
)
@pytest.mark.parametrize("operation", [ORDERS, INVENTORY, METRICS])
def test_a_marketplace_of_another_region_is_not_valid(
    amazon: Amazon, operation, prefix, token_region, marketplace
):
    query = {
        ORDERS: {"createdAfter": "2026-10-01T00:00:00Z"},
        INVENTORY: {"granularityType": "Marketplace", "granularityId": marketplace},
        METRICS: {"interval": "2026-10-01T00:00:00Z--2026-10-02T00:00:00Z", "granularity": "Total"},
    }[operation]

    answer = amazon.get(prefix + operation, region=token_region, marketplaceIds=marketplace, **query)

    assert answer.status_code == 403
    assert first_error(answer)["details"] == "The marketplaces you provided are not valid for region."


@pytest.mark.parametrize("marketplace", ["ANOTHERID00000", BY_COUNTRY["BR"].id])
def test_a_marketplace_the_seller_does_not_sell_in_is_invalid_input(amazon: Amazon, marketplace):
    answer = amazon.get(ORDERS, createdAfter="2026-10-01T00:00:00Z", marketplaceIds=f"{US},{marketplace}")

    assert (answer.status_code, first_error(answer)["code"]) == (400, "InvalidInput")


@pytest.mark.parametrize("agent", ["", "x" * 501])
def test_the_user_agent_is_needed_and_limited(amazon: Amazon, agent):
    headers = {"x-amz-access-token": amazon.access_token(), "User-Agent": agent}

    answer = amazon.http.get(PARTICIPATIONS, headers=headers)

    assert (answer.status_code, first_error(answer)["code"]) == (400, "InvalidInput")


def test_a_get_with_a_body_is_refused_with_a_page(amazon: Amazon):
    headers = {"x-amz-access-token": amazon.access_token(), "User-Agent": "Tests/1"}

    answer = amazon.http.get(PARTICIPATIONS, headers=headers, data="{}")

    assert answer.status_code == 400
    assert answer.content_type == "text/html"


def test_every_answer_has_a_request_id_and_errors_their_type(amazon: Amazon):
    good, bad = amazon.get(PARTICIPATIONS), amazon.get(ORDERS)

    assert good.headers["x-amzn-RequestId"] != bad.headers["x-amzn-RequestId"]
    assert bad.headers["x-amzn-ErrorType"] == "InvalidInput"
    assert "x-amzn-ErrorType" not in good.headers


def test_the_rate_is_told_with_good_answers_bad_requests_and_not_found_only(amazon: Amazon):
    query = {"createdAfter": "2026-10-01T00:00:00Z", "marketplaceIds": US}
    good, bad = amazon.get(ORDERS, **query), amazon.get(ORDERS)
    missing = amazon.get(ORDERS + "/112-0000000-0000000")
    denied = amazon.get(ORDERS, token="Atza|x", **query)

    assert [each.status_code for each in (good, bad, missing, denied)] == [200, 400, 404, 403]
    assert good.headers["x-amzn-RateLimit-Limit"] == bad.headers["x-amzn-RateLimit-Limit"] == "0.0056"
    assert missing.headers["x-amzn-RateLimit-Limit"] == "0.5"
    assert "x-amzn-RateLimit-Limit" not in denied.headers


@pytest.mark.parametrize(
    ("path", "burst", "seconds_for_one"),
    [(PARTICIPATIONS, 15, 62.5), (ORDERS, 20, 178.6), (INVENTORY, 2, 0.5), (METRICS, 15, 2)],
)
def test_an_empty_bucket_refuses_until_a_token_has_flowed_in(amazon: Amazon, path, burst, seconds_for_one):
    token = amazon.access_token()
    spent = [amazon.get(path, token=token).status_code for _ in range(burst)]
    refused = amazon.get(path, token=token)
    amazon.clock.advance(seconds=seconds_for_one * 0.9)
    too_early = amazon.get(path, token=token)
    amazon.clock.advance(seconds=seconds_for_one * 0.1 + 0.01)

    in_time = amazon.get(path, token=token)

    assert 429 not in spent
    assert (refused.status_code, first_error(refused)["code"]) == (429, "QuotaExceeded")
    assert "x-amzn-RateLimit-Limit" not in refused.headers
    assert (too_early.status_code, in_time.status_code == 429) == (429, False)


def test_bad_requests_use_up_the_plan_and_refused_tokens_do_not(amazon: Amazon):
    token = amazon.access_token()
    for _ in range(5):
        amazon.get(INVENTORY, token="Atza|x")

    statuses = [amazon.get(INVENTORY, token=token).status_code for _ in range(3)]

    assert statuses == [400, 400, 429]


def test_sellers_and_operations_have_buckets_of_their_own(amazon: Amazon):
    for _ in range(3):
        amazon.get(INVENTORY)

    assert amazon.get(INVENTORY).status_code == 429
    assert amazon.get(INVENTORY, region="eu").status_code == 400
    assert amazon.get(PARTICIPATIONS).status_code == 200


def test_the_rate_factor_multiplies_rates_and_is_told():
    amazon = Amazon.with_config(rate_factor=100)
    for _ in range(2):
        amazon.get(INVENTORY)
    refused = amazon.get(INVENTORY)
    amazon.clock.advance(milliseconds=6)

    answer = amazon.get(INVENTORY)

    assert refused.status_code == 429
    assert (answer.status_code, answer.headers["x-amzn-RateLimit-Limit"]) == (400, "200")


def test_waiting_exactly_as_long_as_the_plan_says_is_enough():
    buckets, plan, now = Buckets(), UsagePlan(rate=0.0056, burst=20), NOON
    for _ in range(20):
        assert buckets.take("key", plan, now)
    for _ in range(500):
        assert not buckets.take("key", plan, now)
        now += timedelta(seconds=1 / plan.rate)
        assert buckets.take("key", plan, now)


def test_a_bucket_never_holds_more_than_its_burst(amazon: Amazon):
    amazon.get(INVENTORY)
    amazon.clock.advance(days=30)
    token = amazon.access_token()

    statuses = [amazon.get(INVENTORY, token=token).status_code for _ in range(3)]

    assert statuses == [400, 400, 429]


def test_data_until_does_not_stop_the_usage_plans_clock():
    amazon = Amazon.with_config(data_until=NOON)
    for _ in range(2):
        amazon.get(INVENTORY)
    amazon.clock.advance(seconds=1)

    assert amazon.get(INVENTORY).status_code == 400


def test_arrays_may_be_separated_by_commas_or_repeated(amazon: Amazon):
    ids = list(amazon.seller().marketplace_ids)
    after: dict[str, Any] = {"createdAfter": iso(amazon.clock.moment.replace(day=1)), "maxResultsPerPage": 5}

    commas = amazon.get(ORDERS, marketplaceIds=",".join(ids), **after)
    repeated = amazon.get(ORDERS, marketplaceIds=ids, **after)

    assert commas.status_code == 200
    assert commas.json["orders"] == repeated.json["orders"]
