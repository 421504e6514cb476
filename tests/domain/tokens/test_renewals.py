"""Tokens renewed before anybody waits for them: which, how often, and what becomes of those that fail."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import (
    ClientRefused,
    KeyUnavailable,
    NotConfigured,
    RateLimited,
    ReauthorizationRequired,
    Unavailable,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.tokens.model import AccessToken, RefreshToken, Renewal, StoredTokens
from tests.domain.tokens.renewal_bench import CLAIM_SECONDS, HOUR, Shore
from tests.fakes.memory_vault import MemoryVault
from tests.fakes.memory_work import MemoryWork

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def shore() -> Shore:
    return Shore()


def test_a_due_token_is_renewed_though_nobody_asked(shore: Shore) -> None:
    connection = shore.connect()

    renewed = shore.renewals().renew_due(32)

    assert renewed == 1
    assert shore.is_new(connection)
    assert 40 * MINUTE <= shore.due_again_in(connection) <= 55 * MINUTE


def test_a_token_whose_time_has_not_come_is_left_alone(shore: Shore) -> None:
    shore.connect(ends_in=HOUR)

    assert shore.renewals().renew_due(32) == 0
    assert shore.lwa.refreshes == 0


@pytest.mark.parametrize(
    ("status", "scheduled"),
    [
        (ConnectionStatus.CONNECTED, False),
        (ConnectionStatus.REAUTHORIZATION_REQUIRED, True),
        (ConnectionStatus.DISCONNECTED, True),
    ],
)
def test_tokens_that_nobody_uses_are_not_renewed(
    shore: Shore, status: ConnectionStatus, scheduled: bool
) -> None:
    shore.connect(status=status, scheduled=scheduled)

    assert shore.renewals().renew_due(32) == 0
    assert shore.lwa.refreshes == 0


def test_a_batch_is_no_greater_than_it_may_be_and_begins_with_what_is_due_longest(shore: Shore) -> None:
    later = shore.connect(ends_in=3 * MINUTE)
    first = shore.connect(ends_in=-HOUR)

    assert shore.renewals().renew_due(1) == 1

    assert (shore.is_new(first), shore.is_new(later)) == (True, False)


def test_what_is_renewed_is_not_asked_for_again(shore: Shore) -> None:
    connections = [shore.connect() for _ in range(5)]
    one, other = shore.renewals("process-1"), shore.renewals("process-2")

    renewed = [one.renew_due(3), other.renew_due(3), one.renew_due(3), other.renew_due(3)]

    assert renewed == [3, 2, 0, 0]
    assert set(shore.asked().values()) == {1}
    assert all(shore.is_new(connection) for connection in connections)


def test_who_needs_a_claimed_token_meanwhile_uses_the_old_one_until_it_is_dead(shore: Shore) -> None:
    connection = shore.connect(ends_in=4 * MINUTE)
    shore.renewals().claim(1)

    lent = shore.tokens("process-2").for_connection(connection.id)

    assert (lent.text, shore.lwa.refreshes) == ("Atza|old", 0)


def test_a_token_that_a_person_has_just_renewed_is_not_renewed_again(shore: Shore) -> None:
    connection = shore.connect(ends_in=-HOUR)
    shore.tokens("process-2").for_connection(connection.id)

    assert shore.renewals().renew_due(32) == 0
    assert shore.lwa.refreshes == 1


def test_a_grant_that_was_renewed_after_the_claim_is_not_asked_for(shore: Shore) -> None:
    connection = shore.connect()
    renewals = shore.renewals()
    due = renewals.claim(1)
    fresh = AccessToken("Atza|fresh", shore.clock.now() + HOUR)
    with shore.work() as work:
        work.vault.keep(connection.id, RefreshToken("Atzr|fresh"), fresh)
        work.commit()

    assert renewals.carry_out(due) == 0
    assert shore.lwa.refreshes == 0
    assert shore.row(connection).access_token == fresh


def test_a_refresh_token_that_lwa_replaced_is_kept_with_the_new_token(shore: Shore) -> None:
    connection = shore.connect()
    new = Renewal(AccessToken("Atza|new", shore.clock.now() + HOUR), RefreshToken("Atzr|rotated"))
    shore.lwa.renewals.append(new)

    shore.renewals().renew_due(1)

    row = shore.row(connection)
    assert (row.access_token, row.refresh_token) == (new.access_token, new.refresh_token)


class _Crashing(MemoryWork):
    """A transaction that is never kept: the process ends before its commit."""

    def commit(self) -> None:
        raise Unavailable("The process was killed.")


def test_after_a_crash_between_answer_and_commit_the_next_one_asks_with_the_old_refresh_token(
    shore: Shore,
) -> None:
    connection = shore.connect()
    rotated = Renewal(AccessToken("Atza|lost", shore.clock.now() + HOUR), RefreshToken("Atzr|lost"))
    shore.lwa.renewals.append(rotated)
    crashing = shore.renewals("dying", work=lambda: _Crashing(shore.store))
    with pytest.raises(Unavailable):
        crashing.renew_due(1)
    shore.clock.advance(11 * MINUTE)

    assert shore.renewals("process-2").renew_due(1) == 1

    assert shore.asked() == {"Atzr|1": 2}
    assert shore.is_new(connection)


def test_a_revoked_grant_is_marked_and_never_asked_for_again(shore: Shore) -> None:
    revoked, other = shore.connect(ends_in=-HOUR), shore.connect()
    shore.lwa.renewals.append(ReauthorizationRequired("invalid_grant"))
    renewals = shore.renewals()

    renewed = renewals.renew_due(32)
    shore.clock.advance(HOUR)
    again = renewals.renew_due(32)

    assert (renewed, again) == (1, 1)
    status = shore.store.tables.connections[revoked.id].status
    assert status is ConnectionStatus.REAUTHORIZATION_REQUIRED
    assert shore.asked() == {"Atzr|1": 1, "Atzr|2": 2}
    assert shore.is_new(other)


def test_a_refusal_of_what_was_replaced_meanwhile_marks_nobody(shore: Shore) -> None:
    connection = shore.connect()
    fresh = AccessToken("Atza|fresh", shore.clock.now() + HOUR)

    def seller_renews() -> None:
        with shore.work() as work:
            work.vault.keep(connection.id, RefreshToken("Atzr|fresh"), fresh)
            work.commit()

    shore.lwa.during = seller_renews
    shore.lwa.renewals.append(ReauthorizationRequired("invalid_grant"))

    shore.renewals().renew_due(1)

    assert shore.store.tables.connections[connection.id].status is ConnectionStatus.CONNECTED
    assert shore.row(connection).access_token == fresh


def test_throttled_the_batch_ends_and_everything_is_due_after_the_pause(shore: Shore) -> None:
    connections = [shore.connect() for _ in range(5)]
    shore.lwa.renewals.append(RateLimited("slow down", 20.0))

    renewed = shore.renewals().renew_due(32)

    assert (renewed, shore.lwa.refreshes) == (0, 1)
    assert all(20 * SECOND <= shore.due_again_in(each) <= 40 * SECOND for each in connections)


def test_throttled_this_process_asks_for_nothing_until_the_pause_is_over(shore: Shore) -> None:
    shore.connect()
    renewals = shore.renewals()
    shore.lwa.renewals.append(RateLimited("slow down", 20.0))
    renewals.renew_due(1)
    later = shore.connect()

    shore.clock.advance(19 * SECOND)
    during = renewals.renew_due(32)
    shore.clock.advance(1 * SECOND)
    after = renewals.renew_due(32)

    assert (during, after) == (0, 1)
    assert shore.is_new(later)


def test_a_clock_that_is_set_back_prolongs_no_pause(shore: Shore) -> None:
    shore.connect()
    renewals = shore.renewals()
    shore.lwa.renewals.append(RateLimited("slow down", 20.0))
    renewals.renew_due(1)
    shore.clock.advance(-24 * HOUR)
    later = shore.connect()

    renewed = renewals.renew_due(32)

    assert renewed == 1
    assert shore.is_new(later)


def test_a_refused_client_of_the_installation_ends_the_batch_and_touches_no_connection(shore: Shore) -> None:
    connections = [shore.connect() for _ in range(5)]
    shore.lwa.renewals.append(NotConfigured("invalid_client", ("AMAZON_LWA_CLIENT_SECRET",)))
    renewals = shore.renewals()

    renewed = renewals.renew_due(32)

    assert (renewed, shore.lwa.refreshes) == (0, 1)
    assert renewals.renew_due(32) == 0
    assert all(MINUTE <= shore.due_again_in(each) <= 2 * MINUTE for each in connections)
    assert {each.status for each in shore.store.tables.connections.values()} == {ConnectionStatus.CONNECTED}


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (NotConfigured("invalid_client", ("lwa_client_secret",)), 10 * MINUTE),
        (RateLimited("slow down", 20.0), 30 * SECOND),
    ],
)
def test_a_client_of_a_users_own_stands_in_nobody_elses_way(
    shore: Shore, error: Exception, pause: timedelta
) -> None:
    own = shore.connect(ends_in=-HOUR, client_secret="own")
    others = [shore.connect() for _ in range(3)]
    shore.lwa.renewals.append(error)

    renewed = shore.renewals().renew_due(32)

    assert renewed == 3
    assert all(shore.is_new(each) for each in others)
    assert shore.due_again_in(own) == pause


def not_this_grant() -> ClientRefused:
    return ClientRefused("Not this one.", ("AMAZON_LWA_APP_ID",), code="unauthorized_client")


def test_a_grant_that_belongs_to_another_client_stands_in_nobody_elses_way(shore: Shore) -> None:
    foreign = shore.connect(ends_in=-HOUR)
    others = [shore.connect() for _ in range(3)]
    shore.lwa.renewals.append(not_this_grant())

    renewed = shore.renewals().renew_due(32)

    assert renewed == 3
    assert all(shore.is_new(each) for each in others)
    assert shore.due_again_in(foreign) == 10 * MINUTE


def test_a_client_that_may_do_nothing_at_all_is_soon_left_alone(shore: Shore) -> None:
    for _ in range(6):
        shore.connect()
    renewals = shore.renewals()
    shore.lwa.renewals.extend([not_this_grant() for _ in range(6)])

    renewed = [renewals.renew_due(32), renewals.renew_due(32)]

    assert (renewed, shore.lwa.refreshes) == ([0, 0], 3)


class _ClosedVault(MemoryVault):
    """A vault that the key ring does not open."""

    def look(self, connection_id: object) -> StoredTokens | None:
        raise KeyUnavailable("The key k1 is not on the ring.")


class _Closed(MemoryWork):
    """A look at such a vault."""

    def __enter__(self) -> "_Closed":
        super().__enter__()
        self.vault = _ClosedVault(self._tables)
        return self


def test_what_the_key_ring_does_not_open_is_left_alone_and_told_of(
    shore: Shore, caplog: pytest.LogCaptureFixture
) -> None:
    connection = shore.connect()
    closed = replace(shore.renewals(), look=lambda: _Closed(shore.store, reading=True))

    with caplog.at_level(logging.WARNING):
        renewed = closed.renew_due(32)

    assert (renewed, shore.lwa.refreshes) == (0, 0)
    assert shore.due_again_in(connection) == 10 * MINUTE
    assert [(vars(line)["cause"], vars(line)["connection_id"]) for line in caplog.records] == [
        ("KeyUnavailable", str(connection.id))
    ]


@pytest.mark.parametrize("error", [UpstreamFailed("503"), UpstreamTimedOut("slow"), UpstreamRefused("odd")])
def test_a_failure_postpones_one_token_and_the_others_are_renewed(shore: Shore, error: Exception) -> None:
    failing, other = shore.connect(ends_in=-HOUR), shore.connect()
    shore.lwa.renewals.append(error)

    renewed = shore.renewals().renew_due(32)

    assert renewed == 1
    assert shore.is_new(other)
    assert 30 * SECOND <= shore.due_again_in(failing) <= 90 * SECOND


def test_failures_in_a_row_end_the_batch_and_give_lwa_a_rest(shore: Shore) -> None:
    connections = [shore.connect() for _ in range(6)]
    renewals = shore.renewals()
    shore.lwa.renewals.extend([UpstreamTimedOut("slow")] * 6)

    renewals.renew_due(32)
    again = renewals.renew_due(32)

    assert (again, shore.lwa.refreshes) == (0, 3)
    assert all(30 * SECOND <= shore.due_again_in(each) <= 90 * SECOND for each in connections)


def test_single_failures_among_good_answers_do_not_add_up(shore: Shore) -> None:
    for _ in range(9):
        shore.connect()
    good = [Renewal(AccessToken("Atza|good", shore.clock.now() + HOUR))]
    shore.lwa.renewals.extend(([UpstreamFailed("503")] * 2 + good) * 3)

    renewed = shore.renewals().renew_due(32)

    assert (renewed, shore.lwa.refreshes) == (3, 9)


def test_who_is_asked_to_stop_finishes_the_exchange_under_way_and_gives_the_rest_back(shore: Shore) -> None:
    connections = [shore.connect() for _ in range(4)]
    renewals = shore.renewals()
    due = renewals.claim(4)

    renewed = renewals.carry_out(due, stopping=lambda: shore.lwa.refreshes >= 1)

    assert (renewed, shore.lwa.refreshes) == (1, 1)
    left = [each for each in connections if not shore.is_new(each)]
    assert [shore.due_again_in(each) for each in left] == [timedelta(0)] * 3
    assert shore.renewals("process-2").renew_due(32) == 3


def test_a_claim_is_not_used_when_an_exchange_might_outlive_it(shore: Shore) -> None:
    for _ in range(4):
        shore.connect()
    shore.lwa.during = lambda: shore.clock.advance(timedelta(seconds=CLAIM_SECONDS / 4))

    renewed = shore.renewals().renew_due(4)

    assert renewed == 2
    shore.lwa.during = lambda: None
    assert shore.renewals("process-2").renew_due(4) == 2
    assert set(shore.asked().values()) == {1}


def test_a_defect_in_one_renewal_gives_the_others_back_and_is_not_the_first_thing_tried_again(
    shore: Shore,
) -> None:
    broken, other = shore.connect(ends_in=-HOUR), shore.connect()
    renewals = shore.renewals()
    shore.lwa.renewals.append(ZeroDivisionError())

    with pytest.raises(ZeroDivisionError):
        renewals.renew_due(32)

    assert shore.due_again_in(broken) == 10 * MINUTE
    assert renewals.renew_due(32) == 1
    assert shore.is_new(other)
