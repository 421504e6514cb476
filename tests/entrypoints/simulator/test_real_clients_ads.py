"""A real client of the Ads API against the simulator: ``python-amazon-ad-api``; only the hosts are changed.

It takes the API's host from the marketplace object, and the token endpoint's from two names of the token client.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ad_api.api import Account, ManagerAccounts, Profiles, Reports
from ad_api.auth import access_token_client
from ad_api.base import AdvertisingApiBadRequestException, AdvertisingApiException

from entrypoints.simulator.ads.config import AdsConfig
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests.entrypoints.simulator.ads_driven import wish
from tests.entrypoints.simulator.driven import Clock


@dataclass(frozen=True)
class Place:
    """A marketplace as the library wants it: it reads the endpoint and nothing else."""

    endpoint: str


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[SimulatorServer]:
    loggers = [logging.getLogger()]
    handlers = [list(logger.handlers) for logger in loggers]
    access_token_client.cache.clear()
    with SimulatorServer(SimulatorConfig(now=clock, ads=AdsConfig(accounts=130))) as server:
        yield server
    access_token_client.cache.clear()
    for logger, before in zip(loggers, handlers, strict=True):
        logger.handlers[:] = before


def client(api: Any, server: SimulatorServer, region: str, profile_id: int | None = None) -> Any:
    """One of the library's API objects, with the library's own credentials argument."""
    ads = server.simulator.config.ads
    credentials = {
        "client_id": ads.client_id,
        "client_secret": ads.client_secret,
        "refresh_token": server.simulator.ads.refresh_token(),
    }
    if profile_id is not None:
        credentials["profile_id"] = str(profile_id)
    made = api(
        marketplace=Place(f"{server.base_url}/ads/{region}"),
        credentials=credentials,
        verify_additional_credentials=profile_id is not None,
    )
    made._auth.scheme, made._auth.host = "http://", server.base_url.removeprefix("http://")
    return made


def test_it_lists_the_accounts_page_by_page_and_reads_one(server: SimulatorServer):
    accounts = client(Account, server, "na")

    first = accounts.list_accounts(body={"maxResults": 100}).payload
    second = accounts.list_accounts(body={"maxResults": 100, "nextToken": first["nextToken"]}).payload
    one = accounts.get_account(first["adsAccounts"][0]["adsAccountId"]).payload

    assert (len(first["adsAccounts"]), len(second["adsAccounts"])) == (100, 30)
    assert one["adsAccount"] == first["adsAccounts"][0]


@pytest.mark.parametrize(("region", "country"), [("na", "US"), ("eu", "UK"), ("fe", "JP")])
def test_it_lists_the_profiles_of_each_region(server: SimulatorServer, region: str, country: str):
    profiles = client(Profiles, server, region)

    listed = profiles.list_profiles(profileTypeFilter="seller").payload
    one = profiles.get_profile(listed[0]["profileId"]).payload

    assert country in {each["countryCode"] for each in listed}
    assert one == listed[0]


def test_it_lists_manager_accounts(server: SimulatorServer):
    listed = client(ManagerAccounts, server, "na").list_manager_accounts().payload

    assert listed["managerAccounts"][0]["linkedAccounts"]


def test_it_asks_for_a_report_waits_and_reads_it(server: SimulatorServer, clock: Clock):
    profile = client(Profiles, server, "eu").list_profiles(profileTypeFilter="seller").payload[0]
    reports = client(Reports, server, "eu", profile["profileId"])

    made = reports.post_report(body=wish()).payload
    with pytest.raises(AdvertisingApiException) as duplicate:
        reports.post_report(body=wish())
    clock.advance(seconds=15)
    done = reports.get_report(reportId=made["reportId"]).payload
    rows = reports.download_report(url=done["url"], format="data").payload

    assert made["status"] == "PENDING"
    assert duplicate.value.code == 425
    assert made["reportId"] in duplicate.value.error["detail"]
    assert {row["date"] for row in rows} == {f"2026-10-{day:02d}" for day in range(1, 15)}


def test_it_is_told_what_is_wrong_with_a_report_and_can_cancel_one(server: SimulatorServer):
    profile = client(Profiles, server, "na").list_profiles(profileTypeFilter="seller").payload[0]
    reports = client(Reports, server, "na", profile["profileId"])

    with pytest.raises(AdvertisingApiBadRequestException) as refused:
        reports.post_report(body=wish(columns=["roas"]))
    made = reports.post_report(body=wish()).payload
    cancelled = reports.delete_report(reportId=made["reportId"]).payload

    assert "Allowed values: (date" in refused.value.error["detail"]
    assert cancelled["reportId"] == made["reportId"]
