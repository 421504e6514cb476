"""Keeping grants on real databases: many at once, by several users, and with the unique indexes watching."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from adapters.memory.buckets import MemoryBuckets
from domain.connections.changes import Changes, Wish
from domain.connections.grants import Accepted, Grants, Offer
from domain.connections.model import Connection, Door, Provider
from domain.connections.participations import Memberships
from domain.connections.trials import Trials
from domain.marketplaces import Region
from domain.tokens.model import AccessToken, LwaClient, RefreshToken
from domain.users.model import User, Visitor
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, registered
from tests.fakes.amazon import ScriptedAccounts
from tests.fakes.clock import HeldClock
from tests.fakes.lwa import ScriptedLwa
from tests.fakes.things import CA, DE, US

VISITOR = Visitor("192.0.2.1")
OWN = LwaClient("amzn1.application-oa2-client.own", "own secret")
_AT_ONCE = 6


def offer(seller_id: str = "A1SELLER", number: int = 1, client: LwaClient | None = None) -> Offer:
    access = AccessToken(f"Atza|{number}", NOW + 60 * MINUTE)
    refresh = RefreshToken(f"Atzr|{number}")
    return Offer(Door.WEBSITE, seller_id, Region.NA, US, refresh, access, client)


def grants(backend: Backend, *marketplace_ids: str) -> Grants:
    clock = HeldClock(NOW)
    accounts = ScriptedAccounts(marketplace_ids=marketplace_ids or (US,))
    return Grants(backend.work, Memberships(backend.work, accounts, clock), clock)


def mine(backend: Backend, user: User) -> list[Connection]:
    with backend.look() as work:
        return work.connections.of_user(user.id, Provider.AMAZON_SP)


def at_once(deeds: list[Callable[[], Accepted]]) -> list[Accepted]:
    """Done by as many threads, which all begin together."""
    barrier = Barrier(len(deeds))

    def begin(deed: Callable[[], Accepted]) -> Accepted:
        barrier.wait(10)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(begin, deeds))


def test_first_consents_of_one_seller_at_once_make_one_connection_and_lose_no_grant(backend: Backend) -> None:
    user = registered(backend)
    numbered = [offer(number=number) for number in range(_AT_ONCE)]

    accepted = at_once(
        [lambda each=each: grants(backend).accept(user, VISITOR, each) for each in numbered]  # type: ignore[misc]
    )

    (connection,) = mine(backend, user)
    assert {each.connection.id for each in accepted} == {connection.id}
    assert sorted(each.renewed for each in accepted) == [False] + [True] * (_AT_ONCE - 1)
    with backend.look() as work:
        stored = work.vault.look(connection.id)
    assert stored is not None
    assert stored.refresh_token in [each.refresh_token for each in numbered]
    deeds = sorted(entry.action for entry in backend.audit_entries())
    assert deeds == ["connection.connected"] + ["connection.renewed"] * (_AT_ONCE - 1)


def test_first_consents_of_several_sellers_at_once_make_one_default_connection(backend: Backend) -> None:
    user = registered(backend)
    sellers = [offer(f"A{number}SELLER") for number in range(_AT_ONCE)]

    at_once([lambda each=each: grants(backend).accept(user, VISITOR, each) for each in sellers])  # type: ignore[misc]

    assert [one.is_default for one in mine(backend, user)] == [True] + [False] * (_AT_ONCE - 1)


def test_two_users_may_connect_the_same_seller(backend: Backend) -> None:
    users = [registered(backend), registered(backend)]

    made = [grants(backend).accept(user, VISITOR, offer()).connection for user in users]

    assert [one.user_id for one in made] == [user.id for user in users]
    assert [one.is_default for one in made] == [True, True]
    assert [mine(backend, user) for user in users] == [[made[0]], [made[1]]]


def test_a_grant_comes_back_as_it_was_offered(backend: Backend) -> None:
    user = registered(backend)

    connection = grants(backend, US, CA, DE).accept(user, VISITOR, offer(client=OWN)).connection

    assert mine(backend, user) == [connection]
    assert (connection.lwa_client_id, connection.region) == (OWN.id, Region.NA)
    assert set(connection.marketplace_ids) == set(connection.participating_ids) == {US, CA}
    with backend.look() as work:
        stored = work.vault.look(connection.id)
    assert stored is not None
    assert (stored.client, stored.refresh_token) == (OWN, RefreshToken("Atzr|1"))


def test_the_default_moves_with_the_index_watching(backend: Backend) -> None:
    user = registered(backend)
    clock = HeldClock(NOW)
    first, second = (
        grants(backend).accept(user, VISITOR, offer(seller_id)).connection for seller_id in ("A1", "A2")
    )
    changes = Changes(backend.work, backend.look, ScriptedLwa(clock), Trials(MemoryBuckets(), clock), clock)

    changed = changes.make(user, VISITOR, second.id, Wish(is_default=True))

    assert changed.is_default
    assert [(one.id, one.is_default) for one in mine(backend, user)] == [
        (second.id, True),
        (first.id, False),
    ]


def test_a_new_client_and_a_choice_are_kept_together(backend: Backend) -> None:
    user = registered(backend)
    clock = HeldClock(NOW)
    connection = grants(backend, US, CA).accept(user, VISITOR, offer()).connection
    changes = Changes(backend.work, backend.look, ScriptedLwa(clock), Trials(MemoryBuckets(), clock), clock)

    wish = Wish(marketplace_ids=(CA,), client_id=OWN.id, client_secret=OWN.secret)
    changed = changes.make(user, VISITOR, connection.id, wish)

    with backend.look() as work:
        stored = work.vault.look(connection.id)
    assert mine(backend, user) == [changed]
    assert (changed.marketplace_ids, changed.lwa_client_id) == ((CA,), OWN.id)
    assert stored is not None
    assert stored.client == OWN
