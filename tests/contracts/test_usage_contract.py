"""What every book of calls does."""

from datetime import date, timedelta
from uuid import uuid4

from domain.connections.model import Connection
from domain.gateway.usage import DailyUsage, Tally, UsageMark
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import connected, registered

DAY = date(2026, 3, 4)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def tally(
    connection: Connection,
    calls: int = 1,
    gets: int = 0,
    throttled: int = 0,
    *,
    day: date = DAY,
    operation: str = "searchOrders",
) -> Tally:
    return Tally(
        connection.id, connection.user_id, connection.seller_id, day, operation, calls, gets, throttled
    )


def added(backend: Backend, *tallies: Tally) -> None:
    with backend.work() as work:
        work.usage.add(tallies)
        work.commit()


def read(
    backend: Backend,
    user: User | None = None,
    first: date = FIRST,
    last: date = LAST,
    after: UsageMark | None = None,
    limit: int = 100,
) -> list[DailyUsage]:
    with backend.look() as work:
        return work.usage.daily(user.id if user else None, first, last, after, limit)


def test_counts_add_up(backend: Backend) -> None:
    connection = connected(backend, registered(backend))

    added(backend, tally(connection, 5, 3, 1), tally(connection, 2, 0, 0, operation="createReport"))
    added(backend, tally(connection, 10, 10, 2))

    assert read(backend) == [
        DailyUsage(DAY, connection.seller_id, "createReport", 2, 0, 0),
        DailyUsage(DAY, connection.seller_id, "searchOrders", 15, 13, 3),
    ]


def test_nothing_is_added_by_nothing(backend: Backend) -> None:
    added(backend)

    assert read(backend) == []


def test_what_was_not_committed_is_not_counted(backend: Backend) -> None:
    connection = connected(backend, registered(backend))

    with backend.work() as work:
        work.usage.add([tally(connection)])

    assert read(backend) == []


def test_counts_of_a_connection_that_is_gone_are_left_out(backend: Backend) -> None:
    connection = connected(backend, registered(backend))
    gone = Tally(uuid4(), connection.user_id, "GONE", DAY, "searchOrders", 1, 1, 0)

    added(backend, gone, tally(connection))

    assert [row.seller_id for row in read(backend)] == [connection.seller_id]


def test_a_user_reads_ones_own_and_an_operator_everybodys(backend: Backend) -> None:
    mine, theirs = registered(backend), registered(backend)
    connections = [connected(backend, mine, "A1"), connected(backend, theirs, "A2")]

    added(backend, *map(tally, connections))

    assert [row.seller_id for row in read(backend, mine)] == ["A1"]
    assert [row.seller_id for row in read(backend)] == ["A1", "A2"]


def test_days_are_both_included(backend: Backend) -> None:
    connection = connected(backend, registered(backend))
    days = [DAY + timedelta(days=number) for number in range(4)]

    added(backend, *(tally(connection, day=day) for day in days))

    assert [row.day for row in read(backend, first=days[1], last=days[2])] == [days[2], days[1]]


def test_pages_go_on_after_any_row(backend: Backend) -> None:
    user = registered(backend)
    tallies = [
        tally(connection, day=DAY + timedelta(days=day), operation=operation)
        for connection in (connected(backend, user, "A1"), connected(backend, user, "A2"))
        for day in range(2)
        for operation in ("searchOrders", "getReport")
    ]
    added(backend, *tallies)
    everything = read(backend, user)

    for number, row in enumerate(everything, 1):
        mark = (row.day, row.seller_id, row.operation)
        assert read(backend, user, after=mark) == everything[number:]
        assert read(backend, user, after=mark, limit=1) == everything[number : number + 1]
