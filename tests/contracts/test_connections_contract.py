"""What every connection book and every book of consents under way does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from domain.connections.model import (
    Connection,
    ConnectionId,
    ConnectionStatus,
    ConsentState,
    Provider,
    Store,
)
from domain.connections.ports import ConnectionBook
from domain.errors import Conflict, NotFound
from domain.marketplaces import Region
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import FAILURE, MINUTE, NOW, a_connection, connected, registered


def now(backend: Backend, connection: Connection) -> Connection:
    """The connection as it is kept by now."""
    with backend.look() as work:
        return work.connections.by_id(connection.id)


def changed(
    backend: Backend, connection: Connection, change: Callable[[ConnectionBook], object]
) -> Connection:
    """The connection as it is kept after a committed change."""
    with backend.work() as work:
        change(work.connections)
        work.commit()
    return now(backend, connection)


def test_a_connection_comes_back_as_kept(backend: Backend) -> None:
    user = registered(backend)
    everything = a_connection(
        user,
        is_default=True,
        status=ConnectionStatus.DEGRADED,
        participations_at=NOW,
        last_used_at=NOW + MINUTE,
        last_synced_at=NOW + 2 * MINUTE,
        last_error=FAILURE,
    )
    little = a_connection(user, "A2SELLER", last_error=replace(FAILURE, request_id=None))

    with backend.work() as work:
        work.connections.add(everything)
        work.connections.add(little)
        work.commit()

    with backend.look() as work:
        assert work.connections.get(user.id, everything.id) == everything
        assert work.connections.by_id(little.id) == little


@pytest.mark.parametrize("look", ["get", "by_id"])
def test_an_unknown_connection_is_not_found(backend: Backend, look: str) -> None:
    user = registered(backend)
    unknown = ConnectionId(a_connection(user).id)

    with backend.look() as work, pytest.raises(NotFound):
        work.connections.get(user.id, unknown) if look == "get" else work.connections.by_id(unknown)


def test_somebody_elses_connection_is_not_found(backend: Backend) -> None:
    theirs = connected(backend, registered(backend))
    stranger = registered(backend)

    with backend.look() as work, pytest.raises(NotFound):
        work.connections.get(stranger.id, theirs.id)


def test_a_user_has_a_seller_once_in_a_region(backend: Backend) -> None:
    user = registered(backend)
    connected(backend, user)

    with backend.work() as work, pytest.raises(Conflict):
        work.connections.add(a_connection(user))


def test_another_region_and_another_user_may_have_the_same_seller(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    first = connected(backend, user)

    europe = connected(backend, user, region=Region.EU, connected_at=NOW + MINUTE)
    connected(backend, other)

    with backend.look() as work:
        assert work.connections.by_grant(user.id, Provider.AMAZON_SP, "A1SELLER") == [first, europe]


def test_a_user_has_one_default_connection(backend: Backend) -> None:
    user = registered(backend)
    connected(backend, user, is_default=True)
    second = connected(backend, user, "A2SELLER")

    with backend.work() as work, pytest.raises(Conflict):
        work.connections.save(replace(second, is_default=True))


def test_every_user_may_have_a_default_connection(backend: Backend) -> None:
    first = connected(backend, registered(backend), is_default=True)
    second = connected(backend, registered(backend), is_default=True)

    assert (now(backend, first), now(backend, second)) == (first, second)


def test_the_default_connection_is_listed_first_then_the_oldest(backend: Backend) -> None:
    user = registered(backend)
    newest = connected(backend, user, "A1", connected_at=NOW + 3 * MINUTE)
    default = connected(backend, user, "A2", connected_at=NOW + 2 * MINUTE, is_default=True)
    oldest = connected(backend, user, "A3", connected_at=NOW + MINUTE)
    strangers = connected(backend, registered(backend), "A4", connected_at=NOW)

    with backend.look() as work:
        assert work.connections.of_user(user.id, Provider.AMAZON_SP) == [default, oldest, newest]
        assert work.connections.all() == [strangers, oldest, default, newest]


def test_a_users_connections_can_be_listed_whatever_the_provider(backend: Backend) -> None:
    user = registered(backend)
    seller = connected(backend, user, "A1", connected_at=NOW + MINUTE)
    store = connected(backend, user, "acme.myshopify.com", provider=Provider.SHOPIFY, region=Region.WORLD)
    connected(backend, registered(backend), "A1")

    with backend.look() as work:
        assert work.connections.of_user(user.id) == [store, seller]


def test_saving_replaces_everything_but_the_user(backend: Backend) -> None:
    connection = connected(backend, registered(backend))
    other = registered(backend)
    renewed = replace(
        connection,
        user_id=other.id,
        status=ConnectionStatus.REAUTHORIZATION_REQUIRED,
        marketplace_ids=("A2EUQ1WTGCTBG2",),
        marketplace_id="A2EUQ1WTGCTBG2",
        is_default=True,
        authorized_at=NOW + MINUTE,
        participations_at=NOW,
        last_error=FAILURE,
    )

    saved = changed(backend, connection, lambda book: book.save(renewed))

    assert saved == replace(renewed, user_id=connection.user_id)


def test_saving_an_unknown_connection_is_refused(backend: Backend) -> None:
    unknown = a_connection(registered(backend))

    with backend.work() as work, pytest.raises(NotFound):
        work.connections.save(unknown)


def test_using_a_connection_is_noted(backend: Backend) -> None:
    connection = connected(backend, registered(backend))

    touched = changed(backend, connection, lambda book: book.touch(connection.id, NOW + MINUTE))

    assert touched == replace(connection, last_used_at=NOW + MINUTE)


def test_a_failed_run_degrades_a_connection_that_works(backend: Backend) -> None:
    connection = connected(backend, registered(backend))

    degraded = changed(backend, connection, lambda book: book.degraded(connection.id, FAILURE))

    assert degraded == replace(connection, status=ConnectionStatus.DEGRADED, last_error=FAILURE)


@pytest.mark.parametrize("status", [ConnectionStatus.DISCONNECTED, ConnectionStatus.REAUTHORIZATION_REQUIRED])
def test_a_failed_run_does_not_revive_a_connection(backend: Backend, status: ConnectionStatus) -> None:
    connection = connected(backend, registered(backend), status=status)

    after = changed(backend, connection, lambda book: book.degraded(connection.id, FAILURE))

    assert after == replace(connection, last_error=FAILURE)


def test_a_good_run_makes_a_degraded_connection_well_again(backend: Backend) -> None:
    connection = connected(backend, registered(backend), status=ConnectionStatus.DEGRADED, last_error=FAILURE)

    well = changed(backend, connection, lambda book: book.synced(connection.id, NOW, failing=False))

    assert well == replace(connection, status=ConnectionStatus.CONNECTED, last_error=None, last_synced_at=NOW)


def test_a_connection_stays_degraded_while_something_else_fails(backend: Backend) -> None:
    connection = connected(backend, registered(backend), status=ConnectionStatus.DEGRADED, last_error=FAILURE)

    still = changed(backend, connection, lambda book: book.synced(connection.id, NOW, failing=True))

    assert still == replace(connection, last_synced_at=NOW)


def test_a_good_run_that_brought_no_figures_up_to_date_heals_all_the_same(backend: Backend) -> None:
    connection = connected(
        backend,
        registered(backend),
        status=ConnectionStatus.DEGRADED,
        last_error=FAILURE,
        last_synced_at=NOW - MINUTE,
    )

    well = changed(backend, connection, lambda book: book.synced(connection.id, None, failing=False))
    again = changed(backend, well, lambda book: book.synced(connection.id, None, failing=True))

    assert well == again == replace(connection, status=ConnectionStatus.CONNECTED, last_error=None)


DISCONNECTED, REVOKED = ConnectionStatus.DISCONNECTED, ConnectionStatus.REAUTHORIZATION_REQUIRED
WELL, ILL = ConnectionStatus.CONNECTED, ConnectionStatus.DEGRADED


@pytest.mark.parametrize(
    ("status", "news"), [(WELL, True), (ILL, False), (DISCONNECTED, False), (REVOKED, False)]
)
def test_that_a_connection_is_degraded_is_news_where_it_was_well(
    backend: Backend, status: ConnectionStatus, news: bool
) -> None:
    connection = connected(backend, registered(backend), status=status)
    connected(backend, registered(backend), status=WELL)

    with backend.work() as work:
        assert work.connections.degraded(connection.id, FAILURE) is news


@pytest.mark.parametrize("at", [NOW, None])
@pytest.mark.parametrize(
    ("status", "failing", "news"),
    [
        (ILL, False, True),
        (ILL, True, False),
        (WELL, False, False),
        (WELL, True, False),
        (DISCONNECTED, False, False),
        (REVOKED, False, False),
    ],
)
def test_that_a_connection_is_well_is_news_where_it_was_degraded(
    backend: Backend, status: ConnectionStatus, failing: bool, news: bool, at: datetime | None
) -> None:
    connection = connected(backend, registered(backend), status=status)
    connected(backend, registered(backend), status=ILL)

    with backend.work() as work:
        assert work.connections.synced(connection.id, at, failing) is news
        assert work.connections.synced(connection.id, at, failing) is False


def test_a_good_run_that_ends_late_does_not_revive_a_connection(backend: Backend) -> None:
    gone = ConnectionStatus.REAUTHORIZATION_REQUIRED
    connection = connected(backend, registered(backend), status=gone, last_error=FAILURE)

    after = changed(backend, connection, lambda book: book.synced(connection.id, NOW, failing=False))

    assert after == replace(connection, last_synced_at=NOW)


# Consents under way


def asked(backend: Backend, user: User, state_hash: str = "s1", minutes: int = 10) -> ConsentState:
    state = ConsentState(
        state_hash=state_hash,
        user_id=user.id,
        provider=Provider.AMAZON_SP,
        region=Region.FE,
        marketplace_id="A1VC38T7YXB528",
        browser_hash="b1",
        expires_at=NOW + minutes * MINUTE,
        expected_seller_id="A1SELLER",
    )
    with backend.work() as work:
        work.states.keep(state)
        work.commit()
    return state


def test_a_state_is_taken_once(backend: Backend) -> None:
    state = asked(backend, registered(backend))

    with backend.work() as work:
        taken = [work.states.take(state.user_id, "s1", NOW), work.states.take(state.user_id, "s1", NOW)]
        work.commit()
    with backend.work() as work:
        later = work.states.take(state.user_id, "s1", NOW)

    assert (taken, later) == ([state, None], None)


def test_a_state_that_was_taken_without_commit_is_there_again(backend: Backend) -> None:
    state = asked(backend, registered(backend))

    with backend.work() as work:
        work.states.take(state.user_id, "s1", NOW)

    with backend.work() as work:
        assert work.states.take(state.user_id, "s1", NOW) == state


def test_an_expired_or_unknown_state_is_none(backend: Backend) -> None:
    state = asked(backend, registered(backend))

    with backend.work() as work:
        assert work.states.take(state.user_id, "s1", state.expires_at) is None
        assert work.states.take(state.user_id, "s2", NOW) is None


def test_nobody_takes_another_users_state(backend: Backend) -> None:
    state = asked(backend, registered(backend))
    stranger = registered(backend)

    with backend.work() as work:
        taken = work.states.take(stranger.id, "s1", NOW)
        work.commit()

    assert taken is None
    with backend.work() as work:
        assert work.states.take(state.user_id, "s1", NOW) == state


def test_only_expired_states_are_forgotten(backend: Backend) -> None:
    user = registered(backend)
    asked(backend, user, "short", minutes=1)
    lasting = asked(backend, user, "long", minutes=2)

    with backend.work() as work:
        gone = work.states.forget_expired(NOW + MINUTE)
        work.commit()

    with backend.work() as work:
        assert (gone, work.states.take(user.id, "long", NOW)) == (1, lasting)


def test_an_account_is_known_by_everybodys_connections_to_it(backend: Backend) -> None:
    ada, eve = registered(backend), registered(backend)
    hers = connected(backend, eve, "A9ACCOUNT", connected_at=NOW + MINUTE)
    his = connected(backend, ada, "A9ACCOUNT", status=ConnectionStatus.DISCONNECTED)
    connected(backend, ada, "A8OTHER")
    leaving = connected(backend, registered(backend), "A9ACCOUNT", erasing_at=NOW)

    with backend.look() as work:
        known = work.connections.by_account(Provider.AMAZON_SP, "A9ACCOUNT")
        stores = work.connections.by_account(Provider.SHOPIFY, "A9ACCOUNT")

    assert leaving.id not in [one.id for one in known]
    assert ([one.id for one in known], stores) == ([his.id, hers.id], [])


def test_a_store_comes_back_as_kept_with_its_facts(backend: Backend) -> None:
    user = registered(backend)
    shop = "acme.myshopify.com"
    store = replace(
        a_connection(user, shop),
        provider=Provider.SHOPIFY,
        region=Region.WORLD,
        marketplace_id=shop,
        marketplace_ids=(shop,),
        store=Store("Acme", "CAD", "America/St_Johns", ("read_orders",)),
    )
    silent = replace(
        store, id=ConnectionId(uuid4()), seller_id="b.myshopify.com", store=None, is_default=False
    )

    with backend.work() as work:
        work.connections.add(store)
        work.connections.add(silent)
        work.commit()

    with backend.look() as work:
        kept = {one.id: one for one in work.connections.of_user(user.id, Provider.SHOPIFY)}
    assert kept == {store.id: store, silent.id: silent}
