"""What every audit log and every outbox does."""

from uuid import UUID, uuid4

from domain.audit.model import Action, AuditEntry
from domain.events.model import Event
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, registered


def test_an_audit_entry_comes_back_as_appended(backend: Backend) -> None:
    user = registered(backend)
    entries = [
        AuditEntry(uuid4(), NOW, user.id, "user.logged_in", user.email, "2001:db8::1"),
        AuditEntry(
            uuid4(),
            NOW + MINUTE,
            user.id,
            "connection.connected",
            "system",
            "",
            connection_id=uuid4(),
            details={"seller_id": "A1"},
        ),
    ]

    with backend.work() as work:
        for entry in entries:
            work.audit.append(entry)
        work.commit()

    assert backend.audit_entries() == entries


def deed(user: User | None, minute: int = 0, connection_id: UUID | None = None) -> AuditEntry:
    """Something that was done then."""
    at = NOW + minute * MINUTE
    return AuditEntry(uuid4(), at, user.id if user else None, Action.KEY_ROTATED, "a", "b", connection_id)


def written(backend: Backend, entries: list[AuditEntry]) -> list[AuditEntry]:
    """Keep these; returns them as a list of the newest first."""
    with backend.work() as work:
        work.audit.append_all(entries)
        work.commit()
    return sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)


def test_several_entries_are_appended_at_once_and_none_is_fine_too(backend: Backend) -> None:
    user = registered(backend)
    entries = written(backend, [deed(user, minute) for minute in range(3)])

    written(backend, [])

    assert backend.audit_entries() == entries[::-1]


def test_an_entry_that_was_not_committed_is_not_in_the_log(backend: Backend) -> None:
    user = registered(backend)

    with backend.work() as work:
        work.audit.append_all([deed(user)])

    assert backend.audit_entries() == []


def test_a_user_reads_ones_own_entries_the_newest_first(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    mine = written(backend, [deed(user, minute) for minute in (2, 0, 1, 1)])
    written(backend, [deed(other), deed(None)])

    with backend.look() as work:
        assert work.audit.of_user(user.id) == mine
        assert work.audit.of_user(user.id, limit=2) == mine[:2]


def test_operators_read_everybodys_entries_and_the_installations(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    entries = written(backend, [deed(user), deed(other, 1), deed(None, 2)])

    with backend.look() as work:
        assert work.audit.everybodys() == entries
        assert work.audit.everybodys(user_id=other.id) == [entries[1]]


def test_entries_are_read_on_after_any_of_them(backend: Backend) -> None:
    user = registered(backend)
    # Several of one moment: the id decides.
    entries = written(backend, [deed(user, minute) for minute in (0, 0, 0, 1, 1)])

    with backend.look() as work:
        for number, entry in enumerate(entries, 1):
            mark = (entry.at, entry.id)
            assert work.audit.of_user(user.id, before=mark) == entries[number:]
            assert work.audit.everybodys(before=mark, limit=1) == entries[number : number + 1]


def test_entries_are_found_by_their_connection_which_may_be_gone(backend: Backend) -> None:
    user, other = registered(backend), registered(backend)
    gone = uuid4()
    found = written(backend, [deed(user, 1, gone), deed(user, 2, gone), deed(other, 3, gone)])
    written(backend, [deed(user, 4, uuid4()), deed(user, 5)])

    with backend.look() as work:
        assert work.audit.of_user(user.id, connection_id=gone) == found[1:]
        assert work.audit.everybodys(connection_id=gone) == found


def test_events_come_in_the_order_of_writing(backend: Backend) -> None:
    user = registered(backend)
    # The moments don't tell the order: clocks differ.
    events = [
        Event(user.id, "sync.progress", NOW - MINUTE * number, {"pages": number, "estimate": None})
        for number in range(5)
    ]

    with backend.work() as work:
        for event in events:
            work.outbox.append(event)
        work.commit()

    assert backend.events() == events


def test_events_before_a_moment_are_forgotten(backend: Backend) -> None:
    user = registered(backend)
    events = [Event(user.id, "connection.changed", NOW + MINUTE * number, {}) for number in range(3)]
    with backend.work() as work:
        for event in events:
            work.outbox.append(event)
        work.commit()

    with backend.work() as work:
        gone = work.outbox.forget_before(NOW + MINUTE)
        work.commit()

    assert (gone, backend.events()) == (1, events[1:])
