"""What every ledger book keeps, counts and compares."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.connections.model import Connection, ConnectionId
from domain.errors import NotFound
from domain.kpis.completeness import Slice
from domain.ledger.model import DayCount, LedgerDay, OrdersKnown, OwnCount, Verdict
from domain.money import Money
from domain.operations.retention import Cutoffs
from domain.orders.counting import book
from domain.orders.model import Order
from domain.reports.model import ORDERS_BY_DATE, Purpose, ReportRequest, ReportStatus
from domain.sync.model import Progress, Resource
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.furnished import leaving
from tests.contracts.samples import MINUTE, NOW, connected, registered
from tests.fakes.things import CA, US, a_report, an_item, an_order

DAY = date(2026, 3, 4)
NOON = NOW.replace(month=3, day=4, hour=20)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def counted(day: int = 4, orders: int = 3, marketplace_id: str = US) -> DayCount:
    return DayCount(marketplace_id, DAY.replace(day=day), orders, 2 * orders, 1000 * orders, "USD")


def ask(backend: Backend, connection: Connection, *counts: DayCount, minutes: int = 0) -> None:
    with backend.work() as work:
        work.ledger.asked(connection.id, counts, NOW + minutes * MINUTE)
        work.commit()


def settle(backend: Backend, *lines: LedgerDay) -> None:
    with backend.work() as work:
        work.ledger.settle(lines)
        work.commit()


def lines(backend: Backend, connection: Connection) -> list[LedgerDay]:
    with backend.look() as work:
        return work.ledger.lines(connection.id)


def gap(connection: Connection, day: int = 4, marketplace_id: str = US) -> LedgerDay:
    """A line after its comparison, with one order missing."""
    amazon = counted(day, marketplace_id=marketplace_id)
    return LedgerDay(connection.id, amazon, NOW, Verdict.GAP, replace(amazon, orders=2), 1, NOW + MINUTE)


def order(order_id: str, **changes: object) -> Order:
    line = replace(an_item(quantity=2), goods=Money(1000, "USD"))
    made = an_order(order_id, line, created_at=NOON, updated_at=NOON)
    return replace(made, **changes)  # type: ignore[arg-type] # callers name fields of Order


def own(backend: Backend, connection: Connection, *orders: Order) -> list[OwnCount]:
    """Our count of the day after these orders were kept; what changed after noon has moved."""
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(each, US) for each in orders])
        work.commit()
    with backend.look() as work:
        return work.ledger.own(connection.id, US, DAY, DAY, "USD", NOON)


def test_an_answer_of_amazons_is_kept_as_it_came(backend: Backend, connection: Connection) -> None:
    ask(backend, connection, counted(5), counted(4), counted(4, marketplace_id=CA))

    assert lines(backend, connection) == [
        LedgerDay(connection.id, counted(4, marketplace_id=CA), NOW),
        LedgerDay(connection.id, counted(4), NOW),
        LedgerDay(connection.id, counted(5), NOW),
    ]


def test_no_answer_is_nothing(backend: Backend, connection: Connection) -> None:
    ask(backend, connection)

    assert lines(backend, connection) == []


def test_what_was_settled_is_kept(backend: Backend, connection: Connection) -> None:
    ask(backend, connection, counted())

    settle(backend, gap(connection))

    assert lines(backend, connection) == [gap(connection)]


def test_settling_what_is_not_there_does_nothing(backend: Backend, connection: Connection) -> None:
    settle(backend, gap(connection))

    assert lines(backend, connection) == []


def test_a_new_answer_keeps_the_verdict_until_it_is_compared(
    backend: Backend, connection: Connection
) -> None:
    ask(backend, connection, counted())
    settle(backend, gap(connection))

    ask(backend, connection, counted(orders=9), minutes=5)

    expected = replace(gap(connection), amazon=counted(orders=9), asked_at=NOW + 5 * MINUTE, settled_at=None)
    assert lines(backend, connection) == [expected]


def test_answers_wait_to_be_compared_by_marketplace_and_day(backend: Backend, connection: Connection) -> None:
    ask(backend, connection, counted(6), counted(4), counted(5))
    ask(backend, connection, counted(7), minutes=5)
    settle(backend, gap(connection, 4))

    with backend.look() as work:
        waiting = work.ledger.pending(connection.id, NOW, 10)
        first = work.ledger.pending(connection.id, NOW + 5 * MINUTE, 1)

    assert [line.amazon.day.day for line in waiting] == [5, 6]
    assert [line.amazon.day.day for line in first] == [5]


def test_a_connection_that_is_gone_has_no_ledger(backend: Backend, connection: Connection) -> None:
    stranger = ConnectionId(registered(backend).id)

    with backend.work() as work, pytest.raises(NotFound):
        work.ledger.asked(stranger, [counted()], NOW)


def test_our_count_has_orders_units_and_goods(backend: Backend, connection: Connection) -> None:
    found = own(backend, connection, order("A"), order("B"))

    assert found == [OwnCount(DayCount(US, DAY, 2, 4, 2000, "USD"))]


def test_a_day_without_orders_is_left_out(backend: Backend, connection: Connection) -> None:
    assert own(backend, connection) == []


def test_cancelled_orders_and_those_from_outside_amazon_dont_count(
    backend: Backend, connection: Connection
) -> None:
    found = own(
        backend, connection, order("A"), order("B", status="CANCELLED"), order("C", marketplace_id=None)
    )

    assert found == [OwnCount(DayCount(US, DAY, 1, 2, 1000, "USD"))]


def test_what_changed_since_then_is_told_apart(backend: Backend, connection: Connection) -> None:
    later = NOON + MINUTE

    found = own(
        backend,
        connection,
        order("A"),
        order("B", updated_at=later),
        order("C", updated_at=later, status="CANCELLED"),
    )

    assert found == [OwnCount(DayCount(US, DAY, 2, 4, 2000, "USD"), moved=1, moved_cancelled=1)]


def test_orders_without_prices_are_told_apart(backend: Backend, connection: Connection) -> None:
    priceless = (an_item(quantity=1),)

    found = own(
        backend,
        connection,
        order("A", items=priceless, status="PENDING"),
        order("B", items=priceless),
        order("C", items=priceless, status="CANCELLED"),
    )

    assert found == [OwnCount(DayCount(US, DAY, 2, 2, 0, "USD"), awaited=1, unpriced=1)]


def test_goods_of_another_currency_are_not_added(backend: Backend, connection: Connection) -> None:
    line = replace(an_item(total=Money(900, "CAD")), goods=Money(900, "CAD"))

    found = own(backend, connection, order("A"), order("B", items=(line,), total=Money(900, "CAD")))

    assert found[0].count.goods_minor == 1000


def test_somebody_elses_orders_are_not_counted(backend: Backend, user: User, connection: Connection) -> None:
    other = connected(backend, user, "SELLER2")
    own(backend, other, order("A"))

    assert own(backend, connection) == []


def test_old_lines_of_one_marketplace_are_forgotten(backend: Backend, connection: Connection) -> None:
    ask(backend, connection, counted(4), counted(5), counted(4, marketplace_id=CA))

    with backend.work() as work:
        dropped = work.ledger.forget_before(connection.id, US, DAY.replace(day=5))
        work.commit()

    kept = [(line.amazon.marketplace_id, line.amazon.day.day) for line in lines(backend, connection)]
    assert dropped == 1
    assert kept == [(CA, 4), (US, 5)]


def test_the_ledger_knows_how_far_the_orders_are_read(backend: Backend, connection: Connection) -> None:
    with backend.work() as work:
        nothing = work.ledger.orders_known(connection.id)
        work.sync.ensure(connection.id, connection.user_id, (Resource.ORDERS,), NOW)
        scheduled = work.ledger.orders_known(connection.id)
        (task,) = work.sync.claim(NOW, "worker", NOW + MINUTE, 1)
        work.sync.finish(task.lease, {}, Progress(), NOW, NOW + 15 * MINUTE, NOW - MINUTE)
        read = work.ledger.orders_known(connection.id)
        work.retention.decide(connection.id, Cutoffs.at(NOW, timedelta(days=20)), NOW)
        purged = work.ledger.orders_known(connection.id)

    assert nothing == OrdersKnown(None, None)
    assert scheduled == OrdersKnown(None, NOW)
    assert read == OrdersKnown(NOW - MINUTE, NOW + 15 * MINUTE)
    assert purged == replace(read, purged_before=Cutoffs.at(NOW, timedelta(days=20)).orders)


def test_gaps_are_the_users_own_the_newest_first(
    backend: Backend, user: User, connection: Connection
) -> None:
    stranger = connected(backend, registered(backend))
    for one in (connection, stranger):
        ask(backend, one, counted(3), counted(4), counted(5), counted(6))
        lasting = replace(gap(one, 5), verdict=Verdict.LASTING)
        settle(backend, gap(one, 4), lasting, replace(gap(one, 6), verdict=Verdict.AGREES))

    with backend.look() as work:
        found = work.ledger.gaps(user.id, 10)
        newest = work.ledger.gaps(user.id, 1)

    assert found == [replace(gap(connection, 5), verdict=Verdict.LASTING), gap(connection, 4)]
    assert newest == found[:1]


def test_a_connection_that_is_being_erased_has_no_gaps(
    backend: Backend, user: User, connection: Connection
) -> None:
    ask(backend, connection, counted())
    settle(backend, gap(connection))

    leaving(backend, connection)

    with backend.look() as work:
        assert work.ledger.gaps(user.id, 10) == []
    assert backend.figures().completeness.lacking(user.id, DAY, DAY, None)().gaps == []


def test_a_period_names_its_own_gaps_the_oldest_first(
    backend: Backend, user: User, connection: Connection
) -> None:
    ask(backend, connection, *(counted(day) for day in range(1, 8)), counted(5, marketplace_id=CA))
    settle(backend, *(gap(connection, day) for day in (2, 4, 6, 7)), gap(connection, 5, CA))
    completeness = backend.figures().completeness

    of_all = completeness.lacking(user.id, DAY.replace(day=3), DAY.replace(day=6), None)()
    of_one = completeness.lacking(user.id, DAY.replace(day=3), DAY.replace(day=6), CA)()

    assert [line.amazon.day.day for line in of_all.gaps] == [4, 5, 6]
    assert of_one.gaps == [gap(connection, 5, CA)]


def test_only_so_many_gaps_are_named(backend: Backend, user: User, connection: Connection) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(40)]
    new = [replace(gap(connection), amazon=replace(counted(), day=day)) for day in days]
    ask(backend, connection, *(line.amazon for line in new))
    settle(backend, *(replace(line, ours=line.amazon) for line in new))

    found = backend.figures().completeness.lacking(user.id, days[0], days[-1], None)()

    assert [line.amazon.day for line in found.gaps] == days[:31]


def test_a_period_knows_the_history_that_it_still_lacks(
    backend: Backend, user: User, connection: Connection
) -> None:
    start, end = NOON - timedelta(days=30), NOON
    request = ReportRequest(ORDERS_BY_DATE, (US, CA), start, end)
    older = replace(request, start=start - timedelta(days=60), end=start - timedelta(days=30))
    theirs = connected(backend, registered(backend))
    with backend.work() as work:
        work.reports.add(
            [a_report(connection, request=request, created_at=NOW, status=each) for each in ReportStatus]
        )
        work.reports.add(
            [a_report(connection, Purpose.REPAIR, request, NOW), a_report(theirs, request=request)]
        )
        work.reports.add([a_report(connection, request=older, created_at=NOW)])
        work.commit()

    found = backend.figures().completeness.lacking(user.id, DAY, DAY, None)()

    lacking = [one for one in found.history if one.end > NOON - timedelta(days=1)]
    assert lacking == 3 * [Slice((US, CA), start, end)]  # pending, processing and failed ones


def test_until_its_history_is_planned_a_new_connection_lacks_all_of_it(
    backend: Backend, user: User, connection: Connection
) -> None:
    def lacking() -> list[Slice]:
        return list(backend.figures().completeness.lacking(user.id, DAY, DAY, None)().history)

    with backend.work() as work:
        work.sync.ensure(connection.id, user.id, (Resource.REPORTS,), NOW)
        work.commit()
    new = lacking()
    with backend.work() as work:
        (task,) = work.sync.claim(NOW, "worker", NOW + MINUTE, 1)
        work.sync.finish(task.lease, {}, Progress(), NOW, NOW, None)  # there is none to be fetched
        work.commit()

    assert [(one.marketplace_ids, one.end) for one in new] == [
        (connection.marketplace_ids, connection.connected_at)
    ]
    assert new[0].start < NOON - timedelta(days=800)
    assert lacking() == []


def test_a_history_that_is_planned_stands_for_itself(
    backend: Backend, user: User, connection: Connection
) -> None:
    with backend.work() as work:
        work.sync.ensure(connection.id, user.id, (Resource.REPORTS,), NOW)
        work.reports.add([a_report(connection, created_at=NOW, status=ReportStatus.COMPLETED)])
        work.commit()

    assert backend.figures().completeness.lacking(user.id, DAY, DAY, None)().history == []


def test_it_is_known_since_when_each_marketplaces_orders_are_fetched(
    backend: Backend, user: User, connection: Connection
) -> None:
    unplanned, stranger = connected(backend, user, "A2"), registered(backend)
    theirs = connected(backend, stranger)
    start = unplanned.connected_at + timedelta(days=1)
    request = ReportRequest(ORDERS_BY_DATE, (US, CA), start, start + timedelta(days=30))
    later = replace(request, start=request.end, end=start + timedelta(days=60))
    with backend.work() as work:
        work.reports.add(
            [
                a_report(each, request=asked, created_at=NOW, status=ReportStatus.COMPLETED)
                for each in (connection, theirs)
                for asked in (request, later)
            ]
        )
        work.reports.add([a_report(connection, Purpose.REPAIR, replace(request, start=NOON), NOW)])
        work.commit()

    found = backend.figures().completeness.lacking(user.id, DAY, DAY, None)().begins

    assert found == {**dict.fromkeys(unplanned.marketplace_ids, unplanned.connected_at), US: start, CA: start}
    assert backend.figures().completeness.lacking(stranger.id, DAY, DAY, None)().begins == {
        US: start,
        CA: start,
    }


def test_of_each_connection_the_newest_gaps_are_named(
    backend: Backend, user: User, connection: Connection
) -> None:
    other, strangers = connected(backend, user, "A2"), connected(backend, registered(backend))
    for each, days in ((connection, (1, 2, 3)), (other, (2,)), (strangers, (4,))):
        ask(backend, each, *(counted(day) for day in days))
        settle(backend, *(gap(each, day) for day in days))

    with backend.look() as work:
        found = work.ledger.newest_gaps(user.id, 2)

    assert found[0] == gap(connection, 3)
    assert sorted((line.connection_id, line.amazon.day.day) for line in found) == sorted(
        [(connection.id, 3), (connection.id, 2), (other.id, 2)]
    )


def test_verdicts_are_counted_for_each_of_the_users_connections(
    backend: Backend, user: User, connection: Connection
) -> None:
    going = leaving(backend, connected(backend, user, "A2"))
    strangers = connected(backend, registered(backend))
    for each in (connection, going, strangers):
        ask(backend, each, counted(3), counted(4), counted(5))
        settle(backend, gap(each, 4))

    with backend.look() as work:
        found = work.ledger.verdicts(user.id)

    assert found == {connection.id: {Verdict.OPEN: 2, Verdict.GAP: 1}}
