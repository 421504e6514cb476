"""Accounts are brought up to date: all of them, each listing by itself, and nothing gone that was merely not told."""

from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ads.accounts import Account, AccountStatus, AccountType, FoundAccount, Owner
from domain.connections.model import Connection, ConnectionStatus
from domain.errors import (
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UsagePlanEmpty,
)
from domain.marketplaces import Region
from domain.sync.model import Resource, RunStatus
from tests.fakes.ads_things import a_profile, an_ads_account, an_advertiser
from tests.fakes.world import World

DAY = timedelta(days=1)
BROKEN = UpstreamFailed("Amazon answered 503.", channel="ads")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def connection(world: World) -> Connection:
    return world.connect_ads(world.user)


def kept(world: World) -> dict[str, Account]:
    return {account.found.amazon_id: account for account in world.store.tables.ads_accounts.values()}


def here(world: World) -> set[str]:
    return {name for name, account in kept(world).items() if account.gone_since is None}


def refresh(world: World, later: timedelta = DAY) -> None:
    """Everything is due again, and done."""
    world.clock.advance(later)
    world.sync()


def run_status(world: World) -> RunStatus:
    run = world.services.sync.runs(
        world.user.id, connection_id=None, resource=Resource.ADS, status=None, before=None, limit=1
    )[0]
    return run.status


def test_everything_is_listed_once_the_connection_is_there(world: World, connection: Connection) -> None:
    agency = a_profile("5", owner=Owner.AGENCY)
    world.ads.accounts = [an_ads_account("G-1"), an_ads_account("G-2")]
    world.ads.regional = {
        Region.NA: [a_profile("1"), agency],
        Region.EU: [a_profile("2", region=Region.EU, country="DE")],
        Region.FE: [a_profile("3", region=Region.FE, country="JP")],
    }
    world.ads.advertisers = {"5": [an_advertiser("A"), an_advertiser("B")]}
    world.ads.managed = {Region.EU: [an_advertiser("B", agency=None), an_advertiser("C", agency=None)]}

    world.sync()

    assert here(world) == {"G-1", "G-2", "1", "2", "3", "5", "A", "B", "C"}
    assert kept(world)["B"].found.agency_profile_id == "5"
    assert run_status(world) is not RunStatus.FAILED


def test_accounts_are_listed_again_after_a_day_and_not_before(world: World, connection: Connection) -> None:
    world.sync()
    asked = len(world.ads.asked)

    refresh(world, timedelta(hours=23))
    early = len(world.ads.asked)
    refresh(world, timedelta(hours=2))

    assert early == asked
    assert len(world.ads.asked) == 2 * asked


def test_a_page_that_fails_loses_nothing_and_proves_nothing_gone(
    world: World, connection: Connection
) -> None:
    world.ads.accounts = [an_ads_account(f"G-{number}") for number in range(250)]
    world.sync()
    world.ads.accounts = [an_ads_account(f"G-{number}") for number in range(200, 400)]
    world.ads.trouble["ads_accounts"] = deque([None, BROKEN])

    refresh(world)
    (listing,) = [
        each for each in world.store.tables.ads_listings.values() if each.type is AccountType.ADS_ACCOUNT
    ]

    assert len(here(world)) == 300
    assert (listing.failures, listing.error.message if listing.error else "") == (1, "Amazon answered 503.")
    refresh(world, timedelta(minutes=3))
    assert here(world) == {f"G-{number}" for number in range(200, 400)}


def test_one_listing_that_fails_stops_no_other(world: World, connection: Connection) -> None:
    world.ads.accounts = [an_ads_account("G-1")]
    world.ads.regional = {
        Region.NA: [a_profile("1")],
        Region.FE: [a_profile("3", region=Region.FE, country="JP")],
    }
    world.ads.trouble = {"ads_accounts": deque([BROKEN]), "eu": deque([BROKEN])}

    world.sync()

    assert here(world) == {"1", "3"}
    assert run_status(world) is not RunStatus.FAILED


def test_a_region_that_does_not_answer_keeps_its_profiles(world: World, connection: Connection) -> None:
    world.ads.regional = {
        Region.NA: [a_profile("1")],
        Region.EU: [a_profile("2", region=Region.EU, country="DE")],
    }
    world.sync()
    world.ads.regional = {}
    world.ads.trouble["eu"] = deque([BROKEN])

    refresh(world)

    assert here(world) == {"2"}


def test_what_all_regions_tell_alike_is_kept_once_where_it_belongs(
    world: World, connection: Connection
) -> None:
    everything = [
        a_profile("1"),
        a_profile("2", country="GB"),
        a_profile("3", country="JP"),
        a_profile("4", country="XX"),
    ]
    world.ads.regional = {
        region: [replace(each, region=region) for each in everything]
        for region in (Region.NA, Region.EU, Region.FE)
    }

    world.sync()
    first = {name: account.found.region for name, account in kept(world).items()}
    world.ads.trouble["eu"] = deque([BROKEN])
    before = {name: account.found for name, account in kept(world).items()}
    refresh(world)

    assert first == {"1": Region.NA, "2": Region.EU, "3": Region.FE, "4": Region.NA}
    assert {name: account.found for name, account in kept(world).items()} == before


def test_a_limit_is_no_failure_and_is_waited_for(world: World, connection: Connection) -> None:
    world.ads.accounts = [an_ads_account("G-1")]
    until = world.clock.now() + timedelta(minutes=5)
    world.ads.trouble["ads_accounts"] = deque([UsagePlanEmpty("Slow down.", until, channel="ads")])
    world.sync()
    (listing,) = [
        each for each in world.store.tables.ads_listings.values() if each.type is AccountType.ADS_ACCOUNT
    ]
    nothing = here(world)

    refresh(world, timedelta(minutes=6))

    assert (listing.next_at, listing.error, nothing) == (until, None, set())
    assert here(world) == {"G-1"}


def test_a_consent_that_is_not_honoured_is_the_connections_trouble(
    world: World, connection: Connection
) -> None:
    world.ads.trouble["na"] = deque([ReauthorizationRequired("Revoked.", channel="ads")])

    world.sync()

    assert world.kept(connection).status is ConnectionStatus.REAUTHORIZATION_REQUIRED


def test_a_profile_without_access_to_dsp_is_no_failure(world: World, connection: Connection) -> None:
    world.ads.regional = {Region.NA: [a_profile("5", owner=Owner.AGENCY), a_profile("6", owner=Owner.AGENCY)]}
    world.ads.advertisers = {"6": [an_advertiser("A", agency="6")]}

    world.sync()

    assert here(world) == {"5", "6", "A"}
    assert [each.error for each in world.store.tables.ads_listings.values() if each.error] == []


def test_advertisers_are_only_gone_when_their_own_agency_was_listed_to_its_end(
    world: World, connection: Connection
) -> None:
    world.ads.regional = {Region.NA: [a_profile("5", owner=Owner.AGENCY), a_profile("6", owner=Owner.AGENCY)]}
    world.ads.advertisers = {"5": [an_advertiser("A", agency="5")], "6": [an_advertiser("B", agency="6")]}
    world.ads.managed = {Region.NA: [an_advertiser("C", agency=None)]}
    world.sync()
    world.ads.advertisers = {"5": [], "6": []}
    world.ads.managed = {}
    world.ads.trouble["6"] = deque([BROKEN])

    refresh(world)

    assert here(world) == {"5", "6", "B"}


def test_a_second_refresh_of_very_many_writes_only_what_changed(world: World, connection: Connection) -> None:
    world.ads.accounts = [an_ads_account(f"G-{number}") for number in range(1_250)]
    # Of agencies that see no advertisers: no report is made of them.
    profiles = [a_profile(str(number), owner=Owner.AGENCY) for number in range(300)]
    world.ads.regional = {Region.NA: profiles}
    world.sync()
    seen = world.clock.now()
    pages = world.ads.asked.count("ads_accounts")
    world.ads.accounts[700] = an_ads_account("G-700", "Renamed")

    refresh(world)

    after = kept(world).values()
    changed = [account.name for account in after if account.seen_at != seen]
    assert (pages, len(after), changed) == (13, 1_550, ["Renamed"])


def test_listeners_hear_of_what_changed_and_of_nothing_else(world: World, connection: Connection) -> None:
    def told() -> list[dict[str, object]]:
        return [dict(event.data) for event in world.store.tables.events if event.kind == "account.changed"]

    world.ads.accounts = [an_ads_account("G-1"), an_ads_account("G-2")]
    world.sync()
    first = told()
    refresh(world)
    second = told()
    world.ads.accounts.pop()
    refresh(world)

    mine = {"connection_id": str(connection.id), "type": "ads_account"}
    assert first == second == [{**mine, "added": 2, "changed": 0}]
    assert told()[1:] == [{**mine, "gone": 1}]


def test_what_goes_keeps_its_name_and_returns_as_it_was(world: World, connection: Connection) -> None:
    world.ads.accounts = [an_ads_account("G-1")]
    world.sync()
    account: list[FoundAccount] = world.ads.accounts
    world.ads.accounts = []
    refresh(world)
    gone = kept(world)["G-1"]

    world.ads.accounts = account
    refresh(world)

    back = kept(world)["G-1"]
    assert (gone.status, gone.name) == (AccountStatus.GONE, "Global")
    assert (back.id, back.status, back.gone_since) == (gone.id, AccountStatus.ACTIVE, None)


def test_a_listing_that_has_to_wait_goes_on_where_it_was(world: World, connection: Connection) -> None:
    world.ads.accounts = [an_ads_account(f"G-{number}") for number in range(500)]
    world.sync()
    gone = world.ads.accounts.pop(50)
    asked = world.ads.asked.count("ads_accounts")
    until = world.clock.now() + DAY + timedelta(minutes=1)
    limit = UsagePlanEmpty("Slow down.", until, channel="ads")
    world.ads.trouble["ads_accounts"] = deque([None, None, None, limit])

    refresh(world)
    refresh(world, timedelta(minutes=2))

    assert world.ads.asked.count("ads_accounts") - asked == 6
    assert kept(world)[gone.amazon_id].status is AccountStatus.GONE
    assert len(here(world)) == 499


def test_agencies_that_were_listed_before_a_wait_are_not_asked_again(
    world: World, connection: Connection
) -> None:
    agencies = [a_profile(number, owner=Owner.AGENCY) for number in ("5", "6", "7")]
    world.ads.regional = {Region.NA: agencies}
    world.ads.advertisers = {
        "5": [an_advertiser("A", agency="5")],
        "7": [an_advertiser(f"B{number}", agency="7") for number in range(150)],
    }
    limit = UsagePlanEmpty("Slow down.", world.clock.now() + timedelta(minutes=1), channel="ads")
    world.ads.trouble["7"] = deque([None, limit])

    world.sync()
    refresh(world, timedelta(minutes=2))

    assert [name for name in world.ads.asked if name in ("5", "6", "7")] == ["5", "6", "7", "7", "7"]
    assert len(here(world)) == 3 + 151


def test_a_place_that_amazon_does_not_know_any_more_is_given_up(world: World, connection: Connection) -> None:
    world.ads.accounts = [an_ads_account(f"G-{number}") for number in range(300)]
    limit = UsagePlanEmpty("Slow down.", world.clock.now() + timedelta(minutes=1), channel="ads")
    world.ads.trouble["ads_accounts"] = deque([None, limit, UpstreamRefused("Bad token.", channel="ads")])
    world.sync()
    refresh(world, timedelta(minutes=2))
    (listing,) = [
        each for each in world.store.tables.ads_listings.values() if each.type is AccountType.ADS_ACCOUNT
    ]

    refresh(world, timedelta(minutes=3))

    assert (listing.place, listing.failures) == (None, 1)
    assert len(here(world)) == 300
