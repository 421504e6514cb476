"""Amazon's word that an order has changed: the orders of everybody with that seller are due soon, and no more often."""

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.connections.model import Connection, ConnectionStatus
from domain.errors import UpstreamFailed, UsagePlanEmpty
from domain.sync.model import Resource, RunStatus
from domain.sync.order_notices import ORDER_CHANGE, SEEN_AFTER, OrderNotices
from tests.domain.credentials.bench import OLD, Installation
from tests.domain.sync.bench import Bench
from tests.fakes.things import NOW, a_connection, a_user, an_order, connected

MINUTE = timedelta(minutes=1)
ORDERS = Resource.ORDERS


@pytest.fixture
def bench() -> Bench:
    """A seller whose orders were just synced."""
    bench = Bench()
    bench.sync()
    due_at(bench, bench.connection, NOW + 16 * MINUTE)  # its place in the interval is another for each id
    bench.clock.advance(MINUTE)
    return bench


def due_at(bench: Bench, connection: Connection, at: datetime) -> None:
    rows = bench.store.tables.resources
    rows[connection.id, ORDERS] = replace(rows[connection.id, ORDERS], next_run_at=at)


@pytest.fixture
def notices(bench: Bench) -> OrderNotices:
    return OrderNotices(bench.work, bench.clock)


def payload(seller_id: Any = "SELLER1") -> dict[str, Any]:
    told = {"NotificationLevel": "OrderLevel", "SellerId": seller_id, "AmazonOrderId": "O-1"}
    return {"OrderChangeNotification": {**told, "Summary": {"DestinationPostalCode": "48110"}}}


def body(seller_id: Any = "SELLER1") -> str:
    return json.dumps({"NotificationType": ORDER_CHANGE, "Payload": payload(seller_id)})


def due(bench: Bench, connection: Connection | None = None) -> datetime | None:
    of = connection or bench.connection
    return bench.store.tables.resources[of.id, ORDERS].next_run_at


def test_the_orders_are_due_as_soon_as_amazon_shows_the_change(bench: Bench, notices: OrderNotices) -> None:
    told_at = bench.clock.now()

    notices.take(payload())

    assert due(bench) == told_at + SEEN_AFTER
    bench.clock.advance(SEEN_AFTER)
    bench.sync()
    complete_until = bench.row().complete_until
    assert complete_until is not None
    assert complete_until >= told_at


def test_everybody_who_has_connected_the_seller_is_concerned_and_nobody_else(bench: Bench) -> None:
    eve = a_user("eve@example.com")
    same, another = a_connection(eve), a_connection(eve, seller_id="SELLER2", is_default=False)
    joe = a_user("joe@example.com")
    earlier = a_connection(joe)
    for user, each in ((eve, same), (eve, another), (joe, earlier)):
        connected(bench.store, user, each)
        due_at(bench, each, NOW + 16 * MINUTE)
    due_at(bench, earlier, NOW + 2 * MINUTE)

    OrderNotices(bench.work, bench.clock).take(payload())

    soon = bench.clock.now() + SEEN_AFTER
    assert (due(bench), due(bench, same)) == (soon, soon)
    assert due(bench, earlier) == NOW + 2 * MINUTE
    assert due(bench, another) == NOW + 16 * MINUTE


@pytest.mark.parametrize("status", [each for each in ConnectionStatus if not each.usable])
def test_a_connection_that_cannot_be_used_is_left_alone(status: ConnectionStatus) -> None:
    bench = Bench()
    eve = a_user("eve@example.com")
    unusable = a_connection(eve, status=status)
    connected(bench.store, eve, unusable)
    due_at(bench, unusable, NOW + 60 * MINUTE)

    OrderNotices(bench.work, bench.clock).take(payload())

    assert due(bench, unusable) == NOW + 60 * MINUTE


def test_a_burst_is_one_run(bench: Bench, notices: OrderNotices) -> None:
    first = bench.clock.now()
    for _ in range(50):
        notices.take(payload())
        bench.clock.advance(timedelta(milliseconds=100))

    assert due(bench) == first + SEEN_AFTER


def test_a_change_after_the_first_is_seen_by_a_second_run_and_then_it_is_over(
    bench: Bench, notices: OrderNotices
) -> None:
    before = len(bench.store.tables.runs)
    notices.take(payload())
    bench.clock.advance(2 * MINUTE)
    notices.take(payload())
    last = bench.clock.now()

    for _ in range(12):
        bench.clock.advance(MINUTE)
        notices.look_again()
        at = due(bench)
        if at is not None and at <= bench.clock.now():
            bench.sync()

    complete_until = bench.row().complete_until
    assert complete_until is not None
    assert complete_until >= last
    assert len(bench.store.tables.runs) - before <= 3  # two of the changes', perhaps one of the interval's


def test_a_run_under_way_may_have_asked_too_early_so_another_one_follows(
    bench: Bench, notices: OrderNotices
) -> None:
    next_run_at = due(bench)
    assert next_run_at is not None
    bench.clock.set(next_run_at)
    task = bench.claim()
    notices.take(payload())
    told_at = bench.clock.now()

    bench.runner().run(task, bench.stopping)

    assert bench.run(task).status is RunStatus.SUCCEEDED
    again_at = due(bench)
    assert again_at is not None
    assert again_at <= told_at + SEEN_AFTER  # the interval's next run may come before


def test_a_wait_for_the_usage_plan_is_not_shortened_and_the_change_not_forgotten(
    bench: Bench, notices: OrderNotices
) -> None:
    next_run_at = due(bench)
    assert next_run_at is not None
    bench.clock.set(next_run_at)
    until = bench.clock.now() + 10 * MINUTE
    bench.amazon.orders.trouble.append(UsagePlanEmpty("wait", until))
    bench.sync()

    notices.take(payload())
    bench.clock.advance(5 * MINUTE)
    notices.look_again()
    assert due(bench) == until

    told_at = NOW + 16 * MINUTE
    bench.clock.set(until)
    bench.sync()
    complete_until = bench.row().complete_until
    assert complete_until is not None
    assert complete_until >= told_at


def test_a_try_after_a_failure_is_not_hurried(bench: Bench, notices: OrderNotices) -> None:
    for _ in range(4):
        bench.amazon.orders.trouble.append(UpstreamFailed("503"))
        next_run_at = due(bench)
        assert next_run_at is not None
        bench.clock.set(next_run_at)
        bench.sync()
    later = due(bench)

    notices.take(payload())
    bench.clock.advance(4 * MINUTE)
    notices.look_again()

    assert due(bench) == later


def test_a_change_that_no_run_can_show_is_left_to_the_interval(bench: Bench, notices: OrderNotices) -> None:
    notices.take(payload())
    bench.clock.advance(30 * MINUTE)
    bench.sync()
    before = due(bench)

    notices.look_again()

    assert due(bench) == before


def test_what_has_changed_is_asked_of_amazon(bench: Bench, notices: OrderNotices) -> None:
    bench.amazon.orders.orders = [an_order("O-9", updated_at=bench.clock.now())]
    notices.take(payload())
    bench.clock.advance(SEEN_AFTER)

    task = bench.sync()

    assert bench.run(task).progress.records == 1


# Through the queue


@pytest.fixture
def shared() -> Installation:
    return Installation(OLD)


def reading(shared: Installation, notices: OrderNotices) -> int:
    return replace(shared.process(OLD).notices, others={ORDER_CHANGE: notices}).take()


@pytest.mark.parametrize(
    "message",
    [
        body(),
        body("NOBODYS"),
        json.dumps(
            {
                "notificationType": ORDER_CHANGE,
                "payload": {"orderChangeNotification": {"sellerId": "SELLER1"}},
            }
        ),
    ],
    ids=["known", "nobody's", "camelCase"],
)
def test_what_was_understood_leaves_the_queue(
    shared: Installation, bench: Bench, notices: OrderNotices, message: str
) -> None:
    before = due(bench)
    shared.queue.put(message)

    assert reading(shared, notices) == 1

    assert shared.queue.waiting == {}
    assert due(bench) == (before if "NOBODYS" in message else bench.clock.now() + SEEN_AFTER)


@pytest.mark.parametrize("seller_id", [None, "", 7, ["SELLER1"], "a b", "x" * 65, "Ä", "SELLER1\n"])
def test_a_notification_without_a_seller_is_left_to_the_queue_and_quoted_nowhere(
    shared: Installation, bench: Bench, notices: OrderNotices, caplog: Any, seller_id: Any
) -> None:
    before = due(bench)
    shared.queue.put(body(seller_id), json.dumps({"NotificationType": ORDER_CHANGE, "Payload": {}}))

    with caplog.at_level(logging.DEBUG):
        assert reading(shared, notices) == 0

    assert len(shared.queue.waiting) == 2
    assert due(bench) == before
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "48110" not in caplog.text
    assert "SELLER1" not in caplog.text


def test_while_the_database_is_away_the_message_stays(shared: Installation, bench: Bench) -> None:
    class Away(Exception):
        pass

    def work() -> Any:
        raise Away

    shared.queue.put(body())

    with pytest.raises(Away):
        reading(shared, OrderNotices(work, bench.clock))

    assert len(shared.queue.waiting) == 1
