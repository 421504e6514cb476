"""``portside backfill``: works until the orders of long ago are here, and says how it gets on."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import click
import pytest
from click.testing import CliRunner

from domain.connections.model import ConnectionStatus
from domain.reports.model import ORDERS_BY_DATE, Purpose, ReportStatus, Stage
from domain.sync.model import Resource
from entrypoints.cli.backfill import fetch
from entrypoints.cli.main import portside
from tests.fakes.things import DE, NOW, an_item, an_order
from tests.fakes.world import World


@pytest.fixture
def world():
    """A world whose history is asked for by nobody else."""
    return World(BACKFILL_DAYS="1")


def fetched(world, *connections, days=90, minutes=5.0):
    """What the command does with these connections, in a world where it never sleeps long."""
    return fetch(
        world.services,
        connections,
        days,
        world.sync,
        lambda _seconds: world.clock.advance(timedelta(minutes=minutes)),
    )


def old_orders(*days_ago):
    return [
        an_order(
            f"O-{days}",
            an_item(),
            created_at=NOW - timedelta(days=days),
            updated_at=NOW - timedelta(days=days),
        )
        for days in days_ago
    ]


def slices_asked_for(world):
    return sum(1 for request in world.amazon.reports.created if request.report_type == ORDERS_BY_DATE)


def test_it_works_until_the_orders_of_all_days_are_here(world, capsys):
    connection = world.connect(world.user)
    world.amazon.reports.orders = old_orders(5, 40, 80, 200)

    ended = fetched(world, connection)

    said = capsys.readouterr().out.splitlines()
    assert Counter(report.status for report in ended) == {ReportStatus.COMPLETED: 3}
    assert sorted(order_id for _connection, order_id in world.store.tables.orders) == ["O-40", "O-5", "O-80"]
    assert said[-1] == f"{connection.seller_id:<16} {'█' * 24} 3 of 3 slices, 3 orders, done"


def test_it_says_how_far_it_is_and_what_it_waits_for(world, capsys):
    connection = world.connect(world.user)
    world.amazon.reports.stages.extend([Stage.DONE, Stage.IN_QUEUE])

    fetched(world, connection, days=60, minutes=0.05)

    said = capsys.readouterr().out
    assert "0 of 2 slices, 0 orders, waiting until 12:00:" in said
    assert f"{'█' * 12}{'·' * 12} 1 of 2 slices" in said


def test_days_that_would_not_be_kept_are_said_not_to_be_fetched(capsys):
    world = World(BACKFILL_DAYS="1", RETENTION_DAYS="60")
    connection = world.connect(world.user)

    ended = fetched(world, connection, days=90)

    assert len(ended) == 2
    assert (
        "Orders are kept for 60 days (RETENTION_DAYS): older ones are not fetched." in capsys.readouterr().err
    )


def test_what_is_here_already_is_not_fetched_again(world):
    connection = world.connect(world.user)
    fetched(world, connection, days=60)
    asked = slices_asked_for(world)

    again, longer = fetched(world, connection, days=60), fetched(world, connection, days=90)

    assert again == []
    assert len(longer) == slices_asked_for(world) - asked == 1


def test_slices_that_are_under_way_already_are_waited_for(world):
    connection = world.connect(world.user)
    world.services.backfill.request(connection, 90)

    ended = fetched(world, connection, days=90)

    assert len(ended) == slices_asked_for(world) == 3
    assert {report.status for report in ended} == {ReportStatus.COMPLETED}


def test_several_sellers_have_a_line_each(world, capsys):
    one, other = world.connect(world.user), world.connect(world.user, DE, seller_id="SELLER2")

    ended = fetched(world, one, other, days=30)

    last = capsys.readouterr().out.splitlines()
    assert {report.connection_id for report in ended} == {one.id, other.id}
    assert {line.split()[0] for line in last} == {"SELLER1", "SELLER2"}


def test_a_slice_that_fails_for_good_ends_the_wait(world, capsys):
    connection = world.connect(world.user)
    world.amazon.reports.ends.extend([Stage.FATAL] * 20)

    ended = fetched(world, connection, days=30)

    assert [report.status for report in ended] == [ReportStatus.FAILED]
    assert "1 of 1 slices, 0 orders, 1 failed" in capsys.readouterr().out


def test_a_seller_who_leaves_meanwhile_is_not_waited_for(world):
    connection = world.connect(world.user)

    def leave(_seconds):
        with world.work() as work:
            work.connections.save(replace(connection, status=ConnectionStatus.DISCONNECTED))
            work.commit()

    with pytest.raises(click.ClickException, match="SELLER1 can't be synced any more: it is disconnected"):
        fetch(world.services, [connection], 30, lambda: None, leave)


def test_a_seller_who_leaves_meanwhile_stops_nobody_elses_history(world, capsys):
    one, other = world.connect(world.user), world.connect(world.user, DE, seller_id="SELLER2")
    with world.work() as work:
        work.connections.save(replace(one, status=ConnectionStatus.DISCONNECTED))
        work.commit()

    with pytest.raises(click.ClickException, match="SELLER1 can't be synced any more"):
        fetched(world, one, other, days=30)

    assert "SELLER2" in capsys.readouterr().out.splitlines()[-1]
    assert {
        report.status
        for report in world.store.tables.reports.values()
        if report.connection_id == other.id and report.purpose is Purpose.HISTORY
    } == {ReportStatus.COMPLETED}


def test_work_that_was_set_aside_is_not_waited_for(world):
    connection = world.connect(world.user)

    def set_aside(_seconds):
        row = world.store.tables.resources[connection.id, Resource.REPORTS]
        world.store.tables.resources[connection.id, Resource.REPORTS] = replace(row, next_run_at=None)

    with pytest.raises(click.ClickException, match="were set aside"):
        fetch(world.services, [connection], 30, lambda: None, set_aside)


def test_reports_for_other_purposes_are_nobodys_wait(world):
    connection = world.connect(world.user)
    ended = fetched(world, connection, days=30)

    assert {report.purpose for report in ended} == {Purpose.HISTORY}


@pytest.mark.parametrize("days", ["0", "731", "many"])
def test_days_that_amazon_does_not_tell_of_are_wrong_usage(days):
    said = CliRunner().invoke(portside, ["backfill", "--days", days])

    assert said.exit_code == 2
    assert "--days" in said.output


def test_the_days_have_to_be_said():
    said = CliRunner().invoke(portside, ["backfill"])

    assert (said.exit_code, "Missing option '--days'" in said.output) == (2, True)
