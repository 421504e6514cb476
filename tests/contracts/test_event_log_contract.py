"""The log of events, for who reads it."""

from uuid import UUID

from domain.events.model import Event, Kept
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, registered


def written(backend: Backend, user: User, *minutes: int) -> list[Event]:
    """An event for each of these minutes."""
    events = [Event(user.id, "sync.progress", NOW + minute * MINUTE, {"pages": minute}) for minute in minutes]
    with backend.work() as work:
        for event in events:
            work.outbox.append(event)
        work.commit()
    return events


def read(backend: Backend, event_id: int, limit: int = 100, user_id: UUID | None = None) -> list[Kept]:
    with backend.look() as work:
        if user_id is None:
            return work.events.after(event_id, limit)
        return work.events.of_user(user_id, event_id, limit)


def span(backend: Backend) -> tuple[int, int]:
    with backend.look() as work:
        return work.events.span()


def forgotten(backend: Backend, minute: int) -> int:
    with backend.work() as work:
        gone = work.outbox.forget_before(NOW + minute * MINUTE)
        work.commit()
    return gone


def test_a_log_with_nothing_in_it_spans_nothing(backend: Backend) -> None:
    assert (span(backend), read(backend, 0)) == ((0, 0), [])


def test_events_are_read_in_the_order_of_writing_with_growing_ids(backend: Backend) -> None:
    user = registered(backend)
    # The moments don't tell the order: clocks differ.
    events = written(backend, user, 3, 1, 2)

    log = read(backend, 0)

    assert [kept.event for kept in log] == events
    assert sorted({kept.id for kept in log}) == [kept.id for kept in log]
    assert span(backend) == (log[0].id, log[-1].id)


def test_reading_goes_on_after_any_event(backend: Backend) -> None:
    user = registered(backend)
    written(backend, user, 0, 1, 2, 3)
    log = read(backend, 0)

    for number, kept in enumerate(log, 1):
        assert read(backend, kept.id) == log[number:]
        assert read(backend, kept.id, limit=1) == log[number : number + 1]


def test_a_user_reads_ones_own_events(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    mine = [*written(backend, user, 0), *written(backend, user, 1)]
    theirs = written(backend, other, 2)
    mine += written(backend, user, 3)

    log = read(backend, 0, user_id=user.id)

    assert [kept.event for kept in log] == mine
    assert [kept.event for kept in read(backend, 0, user_id=other.id)] == theirs
    assert read(backend, log[0].id, limit=1, user_id=user.id) == log[1:2]


def test_what_was_not_committed_is_in_no_log(backend: Backend) -> None:
    user = registered(backend)

    with backend.work() as work:
        work.outbox.append(Event(user.id, "sync.progress", NOW, {}))

    assert read(backend, 0) == []


def test_only_the_beginning_of_the_log_is_forgotten(backend: Backend) -> None:
    user = registered(backend)
    # Written by a process whose clock is slow, after one that stays: it stays as well.
    written(backend, user, 0, 5, 1, 6)
    log = read(backend, 0)

    gone = forgotten(backend, 2)

    assert (gone, read(backend, 0)) == (1, log[1:])


def test_the_newest_event_is_never_forgotten(backend: Backend) -> None:
    user = registered(backend)
    written(backend, user, 0, 1, 2)
    log = read(backend, 0)

    gone = forgotten(backend, 60)

    assert (gone, read(backend, 0)) == (2, log[2:])
    assert forgotten(backend, 60) == 0
    assert span(backend) == (log[-1].id, log[-1].id)


def test_an_id_is_never_given_again(backend: Backend) -> None:
    user = registered(backend)
    written(backend, user, 0, 1)
    _, newest = span(backend)
    forgotten(backend, 60)

    written(backend, user, 2)

    assert read(backend, 0)[-1].id > newest
