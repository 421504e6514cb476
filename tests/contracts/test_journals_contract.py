"""What every audit log and every outbox does."""

from uuid import uuid4

from domain.audit.model import AuditEntry
from domain.events.model import Event
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
