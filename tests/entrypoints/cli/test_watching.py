"""``portside sync --watch``: what it shows of everybody's sync, and when it says something."""

import os
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import click
import pytest

from domain.connections.model import ConnectionStatus
from domain.errors import Unavailable, UpstreamFailed, UpstreamRefused, UsagePlanEmpty
from domain.ledger.model import DayCount, LedgerDay, Verdict
from domain.reports.model import ReportStatus
from domain.sync.model import Resource
from entrypoints.cli.watching import News, Table, watch
from tests.fakes.things import DE, US, a_report, an_order

MINUTE = timedelta(minutes=1)


def watched(world, *happenings, connection_id=None, resources=tuple(Resource), show=None):
    """Look on while these things happen, one after each look; then somebody presses Ctrl-C."""
    coming = list(happenings)

    def pause(_seconds):
        if not coming:
            raise KeyboardInterrupt
        coming.pop(0)()

    watch(world.services, connection_id, resources, show or News(), pause)


def orders_line(said):
    """The last of the lines about orders."""
    return [line for line in said.splitlines() if " orders " in line][-1]


def test_every_resource_of_every_connection_has_its_line(world, capsys):
    world.connect(world.user, seller_id="A1")
    world.connect(world.stranger, DE, seller_id="A2")

    watched(world)

    said = capsys.readouterr().out.splitlines()
    assert sorted(line.split()[1:3] for line in said) == [
        [seller, resource] for seller in ("A1/na", "A2/eu") for resource in ("inventory", "orders", "reports")
    ]
    assert all("not yet" in line for line in said)


def test_elsewhere_than_on_a_terminal_a_line_is_said_when_it_changes(world, capsys):
    world.connect(world.user)
    world.amazon.orders.orders = [an_order("O-1")]

    watched(
        world,
        lambda: world.clock.advance(MINUTE),
        world.sync,
        lambda: None,
        resources=(Resource.ORDERS,),
    )

    before, after = capsys.readouterr().out.splitlines()
    assert before.startswith("2026-03-04T12:00:00Z SELLER1/na")
    assert after.startswith("2026-03-04T12:01:00Z SELLER1/na")
    assert "succeeded  1 records" in after
    assert " 3m" in after


def test_a_run_that_waits_says_how_far_it_is_and_when_it_goes_on(world, capsys):
    world.connect(world.user)
    world.amazon.orders.orders = [an_order(f"O-{number}") for number in range(3)]
    world.amazon.orders.page_size = 2
    world.amazon.orders.trouble.extend([None, UsagePlanEmpty("Empty.", world.clock.now() + MINUTE)])
    world.sync()

    watched(world)

    assert "waiting    2 of about 3 records       goes on 12:01:00" in orders_line(capsys.readouterr().out)


def test_what_failed_says_why(world, capsys):
    world.connect(world.user)
    world.amazon.orders.trouble.append(UpstreamFailed("Amazon answered 500."))
    world.sync()

    watched(world)

    line = orders_line(capsys.readouterr().out)
    assert " failed " in line
    assert line.endswith("Amazon answered 500.")


def test_what_was_set_aside_says_so_and_why(world, capsys):
    world.connect(world.user)
    world.amazon.orders.trouble.extend([UpstreamRefused("Amazon refused searchOrders.")] * 8)
    for _ in range(8):
        world.sync()
        world.clock.advance(timedelta(hours=2))

    watched(world)

    line = orders_line(capsys.readouterr().out)
    assert "set aside" in line
    assert " stopped " in line
    assert line.endswith("Amazon refused searchOrders.")


def test_history_and_incomplete_days_stand_where_they_come_from(world, capsys):
    connection = world.connect(world.user)
    now = world.clock.now()
    said = (Verdict.GAP, Verdict.LASTING, Verdict.LASTING)
    counts = [DayCount(US, (now - timedelta(days=number)).date(), 5, 5, 500, "USD") for number in range(3)]
    with world.work() as work:
        statuses = (ReportStatus.COMPLETED, ReportStatus.FAILED, ReportStatus.PENDING)
        work.reports.add([a_report(connection, status=status) for status in statuses])
        work.ledger.asked(connection.id, counts, now)
        work.ledger.settle(
            [
                LedgerDay(connection.id, count, now, verdict, replace(count, orders=3))
                for count, verdict in zip(counts, said, strict=True)
            ]
        )
        work.commit()

    watched(world)

    said_of = {line.split()[2]: line for line in capsys.readouterr().out.splitlines()}
    assert said_of["reports"].endswith("history 1 of 3 slices, 1 failed")
    assert said_of["orders"].endswith("1 incomplete day, being mended; 2 incomplete days, lasting")
    assert said_of["inventory"].endswith("-")


def test_one_connection_can_be_watched_alone_also_when_nobody_syncs_it(world, capsys):
    world.connect(world.user, seller_id="A1")
    gone = world.connect(world.user, DE, seller_id="A2", status=ConnectionStatus.REAUTHORIZATION_REQUIRED)

    watched(world, connection_id=gone.id, resources=(Resource.ORDERS,))

    (line,) = capsys.readouterr().out.splitlines()
    assert "A2/eu" in line
    assert " stopped " in line
    assert line.endswith("reauthorization_required")


def test_a_connection_that_is_not_there_can_not_be_watched(world):
    with pytest.raises(click.ClickException, match="There is no connection"):
        watched(world, connection_id=uuid4())


def test_whoever_is_there_first_sees_the_first_seller_come(world, capsys):
    watched(world, lambda: None, lambda: world.connect(world.user), resources=(Resource.ORDERS,))

    none, one = capsys.readouterr().out.splitlines()
    assert none == "No seller is connected."
    assert "SELLER1/na" in one


def test_a_database_that_is_away_for_a_while_ends_nothing(world, capsys):
    world.connect(world.user)
    shown = []

    def show(lines, _now):
        shown.append(len(lines))
        if len(shown) == 1:
            raise Unavailable("The database can't do this at the moment.")

    watched(world, lambda: None, show=show)

    assert shown == [3, 3]
    assert "The database can't do this at the moment. Trying again." in capsys.readouterr().err


def test_on_a_terminal_the_table_is_written_over_itself(world, capsys):
    world.connect(world.user)

    watched(world, world.sync, show=Table(lambda: os.terminal_size((200, 50))))

    first, second = capsys.readouterr().out.split("\033[J")[:2]
    assert [line.split()[0] for line in first.replace("\033[K", "").splitlines()] == [
        "SELLER",
        *["SELLER1/na"] * 3,
        "12:00:00",
    ]
    assert second.startswith("\033[5A\033[KSELLER")
    assert "succeeded" in second


def test_a_table_has_no_more_lines_than_the_terminal_and_none_that_is_wider(world, capsys):
    for number in range(10):
        world.connect(world.user, seller_id=f"A{number}")
    world.amazon.orders.trouble.extend([None] * 7 + [UpstreamFailed("Amazon answered 500.")])
    world.sync()

    watched(world, show=Table(lambda: os.terminal_size((60, 12))))

    rows = capsys.readouterr().out.split("\033[J")[0].replace("\033[K", "").splitlines()
    assert len(rows) == 11
    assert max(map(len, rows)) < 60
    assert any(" failed " in row for row in rows)
    assert "… and 22 more; --connection shows one seller" in rows
