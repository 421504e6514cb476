"""Reading the audit log, and that nothing ever goes from it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.audit.journal import Journal
from domain.audit.model import Action, AuditEntry
from domain.operations.housekeeping import Housekeeping
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, a_user


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def journal(store: MemoryStore) -> Journal:
    return Journal(lambda: MemoryWork(store, reading=True))


def test_a_user_reads_ones_own_and_the_operator_reads_all(store: MemoryStore) -> None:
    ada, eve = a_user("ada@example.com"), a_user("eve@example.com")
    owners = (ada.id, eve.id, None)
    with MemoryWork(store) as work:
        work.audit.append_all(
            [AuditEntry(uuid4(), NOW, owner, Action.KEY_ROTATED, "console", "console") for owner in owners]
        )
        work.commit()

    read = journal(store)

    assert [entry.user_id for entry in read.of(ada.id)] == [ada.id]
    assert {entry.user_id for entry in read.everybodys()} == {ada.id, eve.id, None}
    assert [entry.user_id for entry in read.everybodys(user_id=eve.id)] == [eve.id]


def test_tidying_up_never_touches_the_audit_log(store: MemoryStore) -> None:
    clock = HeldClock(NOW)
    entry = AuditEntry(uuid4(), NOW, a_user().id, Action.USER_LOGGED_IN, "ada@example.com", "192.0.2.1")
    with MemoryWork(store) as work:
        work.audit.append(entry)
        work.commit()
    clock.advance(timedelta(days=10 * 365))

    Housekeeping(lambda: MemoryWork(store), clock).tidy()

    assert journal(store).everybodys() == [entry]
