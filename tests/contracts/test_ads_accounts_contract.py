"""What every book of advertising accounts does."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.ads.accounts import (
    Account,
    AccountId,
    AccountStatus,
    AccountType,
    FoundAccount,
    LinkedProfile,
    Listing,
    Owner,
    Scope,
)
from domain.connections.model import Connection, Provider
from domain.errors import NotFound
from domain.marketplaces import Region
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.furnished import leaving
from tests.contracts.samples import FAILURE, MINUTE, NOW, connected, registered
from tests.fakes.ads_things import a_profile, an_ads_account, an_advertiser

DAY = timedelta(days=1)
PROFILES = Scope(AccountType.PROFILE)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return ads_connection(backend, user)


def ads_connection(backend: Backend, user: User, seller_id: str = "amazon-ads") -> Connection:
    return connected(
        backend, user, seller_id, provider=Provider.AMAZON_ADS, marketplace_id="", marketplace_ids=()
    )


def merged(
    backend: Backend, connection: Connection, *found: FoundAccount, minutes: int = 0
) -> tuple[int, int]:
    with backend.work() as work:
        counts = work.ads_accounts.merge(connection, found, NOW + minutes * MINUTE)
        work.commit()
    return counts


def gone(backend: Backend, connection: Connection, scope: Scope, *told: str, minutes: int = 5) -> int:
    with backend.work() as work:
        count = work.ads_accounts.mark_gone(connection, scope, told, NOW + minutes * MINUTE)
        work.commit()
    return count


def kept(backend: Backend, user: User) -> dict[str, Account]:
    with backend.look() as work:
        return {account.found.amazon_id: account for account in work.ads_accounts.accounts(user.id)}


def test_what_amazon_tells_is_kept_as_it_is(backend: Backend, user: User, connection: Connection) -> None:
    account = replace(
        an_ads_account("G-1", "Ü & co"),
        amazon_status="PARTIALLY_CREATED",
        status=AccountStatus.PENDING,
        linked=(LinkedProfile("US", "1", "ENTITY1"), LinkedProfile("DE", None, "ENTITY2")),
        countries=("US", "DE"),
        problems={"FR": "Not this one."},
    )
    profile = replace(a_profile("9007199254740993"), sub_type="KDP_AUTHOR", owner=Owner.VENDOR)
    advertiser = an_advertiser("77", agency="5")

    assert merged(backend, connection, account, profile, advertiser) == (3, 0)

    here = kept(backend, user)
    assert {each.found.amazon_id: each.found for each in here.values()} == {
        each.amazon_id: each for each in (account, profile, advertiser)
    }
    first = here["G-1"]
    assert (first.connection_id, first.user_id, first.status) == (
        connection.id,
        user.id,
        AccountStatus.PENDING,
    )
    assert (first.created_at, first.seen_at, first.gone_since) == (NOW, NOW, None)


def test_what_is_told_again_unchanged_changes_nothing(
    backend: Backend, user: User, connection: Connection
) -> None:
    found = [a_profile(str(number)) for number in range(5)]
    merged(backend, connection, *found)
    before = kept(backend, user)

    assert merged(backend, connection, *found, minutes=10) == (0, 0)

    assert kept(backend, user) == before


def test_only_what_changed_is_written(backend: Backend, user: User, connection: Connection) -> None:
    merged(backend, connection, a_profile("1"), a_profile("2"))

    counts = merged(
        backend, connection, a_profile("1"), replace(a_profile("2"), name="New"), a_profile("3"), minutes=1
    )

    here = kept(backend, user)
    assert counts == (1, 1)
    assert (here["1"].seen_at, here["2"].seen_at) == (NOW, NOW + MINUTE)
    assert here["2"].name == "New"


def test_the_users_name_and_what_is_known_of_the_sync_outlast_a_refresh(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1"))
    mine = replace(kept(backend, user)["1"], name_given="Mine")
    with backend.work() as work:
        work.ads_accounts.save_account(mine)
        work.ads_accounts.note_sync(mine.id, NOW, None)
        work.ads_accounts.note_sync(mine.id, None, FAILURE)
        work.commit()

    merged(backend, connection, replace(a_profile("1"), name="Theirs"), minutes=1)

    after = kept(backend, user)["1"]
    assert (after.name, after.found.name) == ("Mine", "Theirs")
    assert (after.last_synced_at, after.last_error) == (NOW, FAILURE)


def test_an_account_that_moves_to_another_region_is_kept_once(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1", region=Region.NA))

    merged(backend, connection, a_profile("1", region=Region.EU))

    assert [each.found.region for each in kept(backend, user).values()] == [Region.EU]


def test_what_is_not_told_any_more_is_gone_and_keeps_its_data(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1"), a_profile("2"), an_ads_account("G-1"))

    assert gone(backend, connection, PROFILES, "1") == 1
    assert gone(backend, connection, PROFILES, "1", minutes=9) == 0

    here = kept(backend, user)
    assert (here["2"].status, here["2"].gone_since) == (AccountStatus.GONE, NOW + 5 * MINUTE)
    assert {here["1"].status, here["G-1"].status} == {AccountStatus.ACTIVE}


def test_only_what_was_listed_to_its_end_can_be_gone(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(
        backend,
        connection,
        a_profile("1", region=Region.NA),
        a_profile("2", region=Region.FE),
        an_advertiser("A", agency="5"),
        an_advertiser("B", agency="6"),
        an_advertiser("C", agency=None),
    )

    counts = (
        gone(backend, connection, Scope(AccountType.PROFILE, (Region.NA,))),
        gone(backend, connection, Scope(AccountType.DSP_ADVERTISER, agencies=("5",))),
        gone(backend, connection, Scope(AccountType.DSP_ADVERTISER, agencies=(None,))),
        gone(backend, connection, Scope(AccountType.DSP_ADVERTISER, agencies=())),
    )

    assert counts == (1, 1, 1, 0)
    assert {name for name, each in kept(backend, user).items() if each.gone_since is None} == {"2", "B"}


def test_what_returns_is_there_again(backend: Backend, user: User, connection: Connection) -> None:
    merged(backend, connection, a_profile("1"))
    before = kept(backend, user)["1"]
    gone(backend, connection, PROFILES)

    assert merged(backend, connection, a_profile("1"), minutes=9) == (0, 1)

    after = kept(backend, user)["1"]
    assert (after.id, after.status, after.gone_since) == (before.id, AccountStatus.ACTIVE, None)
    assert after.created_at == before.created_at


def test_what_the_user_does_not_want_stays_unwanted_whatever_amazon_says(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1"))
    with backend.work() as work:
        unwanted = replace(kept(backend, user)["1"], status=AccountStatus.DISCONNECTED)
        work.ads_accounts.save_account(unwanted)
        work.commit()

    merged(backend, connection, replace(a_profile("1"), name="New"))
    gone(backend, connection, PROFILES)
    left = kept(backend, user)["1"]
    merged(backend, connection, a_profile("1"))

    assert (left.status, left.gone_since is None) == (AccountStatus.DISCONNECTED, False)
    back = kept(backend, user)["1"]
    assert (back.status, back.gone_since) == (AccountStatus.DISCONNECTED, None)


# One default of each type


def defaults(backend: Backend, user: User) -> set[str]:
    return {name for name, each in kept(backend, user).items() if each.is_default}


def test_the_first_one_found_of_each_type_is_the_default_one(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("9"), a_profile("1"), an_ads_account("G-2"), an_ads_account("G-1"))
    merged(backend, connection, a_profile("0"), minutes=1)

    assert defaults(backend, user) == {"9", "G-2"}


def test_the_default_moves_on_when_it_goes_and_does_not_come_back(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1"), a_profile("2"))
    gone(backend, connection, PROFILES, "2")
    moved = defaults(backend, user)

    merged(backend, connection, a_profile("1"), a_profile("2"), minutes=9)

    assert (moved, defaults(backend, user)) == ({"2"}, {"2"})


def test_the_wanted_one_becomes_the_default_one(backend: Backend, user: User, connection: Connection) -> None:
    merged(backend, connection, *(a_profile(str(number)) for number in range(3)))
    here = kept(backend, user)
    with backend.work() as work:
        work.ads_accounts.settle_defaults(user.id, AccountType.PROFILE, here["2"].id)
        work.commit()

    assert defaults(backend, user) == {"2"}


def test_what_can_not_be_used_can_not_become_the_default_one(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1"), a_profile("2"))
    gone(backend, connection, PROFILES, "1")
    with backend.work() as work:
        work.ads_accounts.settle_defaults(user.id, AccountType.PROFILE, kept(backend, user)["2"].id)
        work.commit()

    assert defaults(backend, user) == {"1"}


def test_without_any_that_can_be_used_there_is_no_default(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1"))

    gone(backend, connection, PROFILES)

    assert defaults(backend, user) == set()


def test_two_users_may_see_the_same_accounts(backend: Backend, user: User, connection: Connection) -> None:
    other = registered(backend)
    merged(backend, connection, a_profile("1"), a_profile("2"))
    merged(backend, ads_connection(backend, other), a_profile("1"))

    gone(backend, connection, PROFILES, "2")

    assert kept(backend, other)["1"].status is AccountStatus.ACTIVE
    assert (defaults(backend, user), defaults(backend, other)) == ({"2"}, {"1"})


def test_what_is_left_behind_by_an_erased_connection_is_in_nobodys_way(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1"))
    leaving(backend, connection)

    assert kept(backend, user) == {}
    merged(backend, ads_connection(backend, user, "anew"), a_profile("1"))

    assert defaults(backend, user) == {"1"}


# Looking


def test_accounts_come_by_name_page_by_page(backend: Backend, user: User, connection: Connection) -> None:
    merged(
        backend,
        connection,
        replace(a_profile("3"), name="b"),
        replace(a_profile("1"), name="c"),
        replace(a_profile("2"), name=None),
        replace(an_ads_account("G"), name="a"),
    )

    with backend.look() as work:
        first = work.ads_accounts.accounts(user.id, limit=2)
        rest = work.ads_accounts.accounts(user.id, after=(first[-1].name, first[-1].id))
        profiles = work.ads_accounts.accounts(user.id, type=AccountType.PROFILE)
    assert [each.name for each in first + rest] == ["2", "a", "b", "c"]
    assert [each.name for each in profiles] == ["2", "b", "c"]


def test_advertisers_are_told_by_their_agency(backend: Backend, user: User, connection: Connection) -> None:
    merged(backend, connection, an_advertiser("A", agency="5"), an_advertiser("B", agency="6"))

    with backend.look() as work:
        found = work.ads_accounts.accounts(user.id, type=AccountType.DSP_ADVERTISER, agency="6")
    assert [each.found.amazon_id for each in found] == ["B"]


def test_somebody_elses_account_is_not_found(backend: Backend, user: User, connection: Connection) -> None:
    merged(backend, connection, a_profile("1"))
    account, stranger = kept(backend, user)["1"], registered(backend)

    with backend.look() as work:
        for user_id, account_id in ((stranger.id, account.id), (user.id, AccountId(uuid4()))):
            assert work.ads_accounts.these(user_id, [account_id]) == []
            with pytest.raises(NotFound):
                work.ads_accounts.account(user_id, account_id)
        assert work.ads_accounts.these(user.id, [account.id, AccountId(uuid4())]) == [account]


def test_an_account_that_is_not_there_is_not_saved(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(backend, connection, a_profile("1"))
    missing = replace(kept(backend, user)["1"], id=AccountId(uuid4()))

    with backend.work() as work, pytest.raises(NotFound):
        work.ads_accounts.save_account(missing)


def test_profiles_that_can_have_figures_are_those_of_sellers_and_vendors(
    backend: Backend, user: User, connection: Connection
) -> None:
    merged(
        backend,
        connection,
        a_profile("1"),
        replace(a_profile("2"), owner=Owner.VENDOR),
        replace(a_profile("3"), owner=Owner.AGENCY),
        replace(a_profile("4"), sub_type="AMAZON_ATTRIBUTION"),
        replace(a_profile("5"), sub_type="KDP_AUTHOR"),
        a_profile("6"),
        an_ads_account("G"),
    )
    gone(backend, connection, PROFILES, "1", "2", "3", "4", "5")

    with backend.look() as work:
        book = work.ads_accounts
        assert [each.found.amazon_id for each in book.profiles_to_sync(connection.id)] == ["1", "2", "5"]
        assert [each.found.amazon_id for each in book.agencies(connection.id)] == ["3"]
        named = book.named_by_amazon(connection.id, AccountType.PROFILE, "4")
        assert named is not None
        assert named.found.amazon_id == "4"
        assert book.named_by_amazon(connection.id, AccountType.ADS_ACCOUNT, "4") is None


# Listings


def test_a_listing_is_kept_and_replaced(backend: Backend, connection: Connection) -> None:
    fresh = Listing(connection.id, connection.user_id, AccountType.PROFILE, Region.EU, NOW + DAY)
    later = replace(fresh, listed_at=NOW, found=7, failures=2, error=FAILURE, place={"told": ["1"]})
    other = replace(fresh, type=AccountType.ADS_ACCOUNT, region=Region.WORLD)
    with backend.work() as work:
        for each in (fresh, other, later):
            work.ads_accounts.save_listing(each)
        work.commit()

    with backend.look() as work:
        assert work.ads_accounts.listings(connection.id) == [other, later]


def test_listings_are_made_due_but_never_later(backend: Backend, connection: Connection) -> None:
    profiles = Listing(connection.id, connection.user_id, AccountType.PROFILE, Region.EU, NOW + DAY)
    due = replace(profiles, region=Region.NA, next_at=NOW - DAY)
    others = replace(profiles, type=AccountType.ADS_ACCOUNT, region=Region.WORLD)
    with backend.work() as work:
        for each in (profiles, due, others):
            work.ads_accounts.save_listing(each)
        work.ads_accounts.list_again(connection.id, [AccountType.PROFILE], NOW)
        work.commit()

    with backend.look() as work:
        times = [each.next_at for each in work.ads_accounts.listings(connection.id)]
    assert times == [NOW + DAY, NOW, NOW - DAY]
