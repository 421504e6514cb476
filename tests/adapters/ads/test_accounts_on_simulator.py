"""All of the way from the Ads API to the database, over real sockets: a large agency's accounts, and what goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, event

from adapters.ads.addresses import AdsAddresses
from adapters.ads.client import AdsClient, AdsDoor
from adapters.ads.directory import AmazonAdsDirectory
from adapters.ads.registrar import AmazonAdsRegistrar
from adapters.http import Outbound
from adapters.sql.engine import make_engine
from domain.acting import in_background
from domain.ads.accounts import AccountType
from domain.ads.directory import Refresh
from domain.ads.registration import RegistrationWish
from domain.connections.model import Connection, Provider
from domain.errors import ChannelError, PortsideError, UsagePlanEmpty
from domain.marketplaces import SELLING_REGIONS
from domain.tokens.model import AccessToken
from entrypoints.simulator.ads.config import AdsConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.adapters.ads.ads_stage import AdsStage
from tests.adapters.amazon.bench import CLOCK, CONFIG
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import connected, registered

ADS = AdsConfig(accounts=1_250, profiles=300, advertisers=120, registration_seconds=0)


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(replace(CONFIG, ads=ADS)) as running:
        yield running


@pytest.fixture
def amazon(server: SimulatorServer) -> SimulatorServer:
    server.simulator.reception.faults.clear()
    requests.post(f"{server.base_url}/simulator/ads/accounts/show", json={}, timeout=5).raise_for_status()
    return server


class Agency:
    """The agency's person, who sees everything; ``{region}`` in the address may be left out."""

    def __init__(self, amazon: SimulatorServer, outbound: Outbound, engine: Engine, place: str) -> None:
        self.amazon, self.engine, self.backend = amazon, engine, SqlBackend(engine)
        user = registered(self.backend)
        self.connection: Connection = connected(
            self.backend,
            user,
            "amazon-ads",
            provider=Provider.AMAZON_ADS,
            marketplace_id="",
            marketplace_ids=(),
        )
        addresses = AdsAddresses(f"{amazon.base_url}{place}")
        stage = AdsStage(outbound, addresses=addresses)
        self.clock, self.waits = stage.clock, 0
        gateway = replace(
            stage.client.gateway,
            tokens=_Fixed(self._token()),
            wire=AdsDoor(addresses, outbound, ADS.client_id),
        )
        self.client = AdsClient(gateway)
        self.directory = AmazonAdsDirectory(self.client)

    def refresh(self, kind: AccountType) -> list[PortsideError]:
        """Every part of it, kept as it comes, over all waits for limits; returns every other trouble."""
        refresh = Refresh(self.directory, self.backend.look)
        while True:
            troubles = []
            for part in refresh.parts(self.connection, kind, self.clock.now):
                with self.backend.work() as work:
                    part.save(work)
                    work.commit()
                troubles += [part.trouble] if part.trouble else []
            limits = [each for each in troubles if isinstance(each, UsagePlanEmpty)]
            if not limits:
                return troubles
            self.waits += 1
            self.clock.advance(max(each.until for each in limits) - self.clock.now())

    def here(self, kind: AccountType) -> set[str]:
        """Amazon's ids of what is there."""
        with self.backend.look() as work:
            found = work.ads_accounts.accounts(self.connection.user_id, type=kind)
        return {each.found.amazon_id for each in found if each.gone_since is None}

    def control(self, path: str, body: dict[str, Any]) -> Any:
        answer = requests.post(f"{self.amazon.base_url}/simulator/ads/{path}", json=body, timeout=5)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _token(self) -> AccessToken:
        refresh_token = self.control("authorize", {})["refresh_token"]
        sent = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": ADS.client_id,
            "client_secret": ADS.client_secret,
        }
        answer = requests.post(f"{self.amazon.base_url}/auth/o2/token", data=sent, timeout=5)
        answer.raise_for_status()
        return AccessToken(answer.json()["access_token"], CLOCK.now())


class _Fixed:
    """One token for all."""

    def __init__(self, token: AccessToken) -> None:
        self.token = token

    def for_connection(self, connection_id: object) -> AccessToken:
        return self.token

    def refused(self, connection_id: object, token: AccessToken) -> None:
        """There is no other."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(databases.sqlite_database(tmp_path))
    with in_background():
        yield engine
    engine.dispose()


@pytest.fixture
def agency(amazon: SimulatorServer, outbound: Outbound, engine: Engine) -> Agency:
    return Agency(amazon, outbound, engine, "/ads/{region}")


@contextmanager
def rows_written(engine: Engine) -> Iterator[list[tuple[str, int]]]:
    """Into which table how many rows are written meanwhile."""
    written: list[tuple[str, int]] = []

    def note(_connection: object, cursor: Any, statement: str, *_rest: object) -> None:
        if statement.startswith(("INSERT INTO", "UPDATE")) and cursor.rowcount:
            written.append(
                (statement.replace("INSERT INTO ", "").replace("UPDATE ", "").split()[0], cursor.rowcount)
            )

    event.listen(engine, "after_cursor_execute", note)
    yield written
    event.remove(engine, "after_cursor_execute", note)


def test_a_large_agencys_accounts_all_arrive_and_a_second_refresh_writes_only_what_changed(
    agency: Agency,
) -> None:
    kinds = (AccountType.ADS_ACCOUNT, AccountType.PROFILE, AccountType.DSP_ADVERTISER)
    troubles = [each for kind in kinds for each in agency.refresh(kind)]
    found = {kind: agency.here(kind) for kind in kinds}
    renamed = min(found[AccountType.PROFILE])
    agency.control("accounts/rename", {"id": renamed, "name": "Renamed"})

    waits = agency.waits
    with rows_written(agency.engine) as written:
        troubles += [each for kind in kinds for each in agency.refresh(kind)]

    assert troubles == []
    assert (len(found[AccountType.ADS_ACCOUNT]), len(found[AccountType.PROFILE])) == (1_250, 300)
    assert len(found[AccountType.DSP_ADVERTISER]) >= 120
    assert sum(count for table, count in written if table == "ads_accounts") == 1
    # Besides, whenever a listing has to wait, how far it came.
    listings = sum(count for table, count in written if table == "ads_listings")
    assert listings == 5 + agency.waits - waits


def test_one_page_that_fails_loses_nothing(agency: Agency) -> None:
    agency.refresh(AccountType.ADS_ACCOUNT)
    before = agency.here(AccountType.ADS_ACCOUNT)
    broken = Fault("ads.listAdsAccounts", "shape", times=None, after=6)
    agency.amazon.simulator.reception.faults.order(broken)

    (trouble,) = agency.refresh(AccountType.ADS_ACCOUNT)

    agency.amazon.simulator.reception.faults.clear()
    assert isinstance(trouble, ChannelError)
    assert agency.here(AccountType.ADS_ACCOUNT) == before
    assert agency.refresh(AccountType.ADS_ACCOUNT) == []


def test_what_is_hidden_is_gone_and_what_is_shown_again_returns(agency: Agency) -> None:
    agency.refresh(AccountType.PROFILE)
    before = agency.here(AccountType.PROFILE)
    hidden = sorted(before)[:5]
    agency.control("accounts/hide", {"ids": hidden})
    agency.refresh(AccountType.PROFILE)
    without = agency.here(AccountType.PROFILE)

    agency.control("accounts/show", {"ids": hidden})
    agency.refresh(AccountType.PROFILE)

    assert before - without == set(hidden)
    assert agency.here(AccountType.PROFILE) == before


def test_one_address_for_all_regions_tells_everything_once(
    amazon: SimulatorServer, outbound: Outbound, engine: Engine
) -> None:
    agency = Agency(amazon, outbound, engine, "/ads")

    agency.refresh(AccountType.PROFILE)

    with agency.backend.look() as work:
        found = work.ads_accounts.accounts(agency.connection.user_id, type=AccountType.PROFILE)
    assert len(found) == len({each.found.amazon_id for each in found}) == 300
    assert {each.found.region for each in found} == set(SELLING_REGIONS)


def test_an_account_is_registered_over_its_terms(agency: Agency) -> None:
    registrar = AmazonAdsRegistrar(agency.client)
    token, url = registrar.terms(agency.connection)
    asked = registrar.terms_status(agency.connection, token)
    agency.control("terms/accept", {"terms_token": token})
    wish = RegistrationWish("My brand", ("US",), seller_id="A1NEWMERCHANT", terms_token=token)

    registered_ = registrar.register(agency.connection, wish)

    found = registrar.account(agency.connection, registered_.amazon_id)
    assert url.startswith(agency.amazon.base_url)
    assert (asked, registrar.terms_status(agency.connection, token)) == ("CREATED", "REDEEMED")
    assert (found.amazon_status, found.name) == ("CREATED", "My brand")
