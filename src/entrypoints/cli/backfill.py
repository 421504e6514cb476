"""``portside backfill``: fetch the orders of long ago, in this process, with a bar per connection."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import click

from domain.connections.model import Connection, ConnectionId, Provider
from domain.reports.model import Purpose, Report, ReportStatus
from domain.sync.model import Resource
from entrypoints.cli.following import at_work, bar, chosen_connections, follow
from entrypoints.opening import open_portside
from entrypoints.services import Services

#: More slices than a connection ever has.
_ALL = 10_000
_MOST_DAYS = 730


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    required=True,
    help=f"How far back, from today; Amazon tells of {_MOST_DAYS} days at most.",
)
@click.option("--connection", "connection_id", type=click.UUID, help="Only this connection.")
def backfill(days: int, connection_id: UUID | None) -> None:
    """Fetch the orders of so many days by Amazon's reports, with a bar for each connection, until they are all here.

    It goes in slices of 30 days, the newest first. What is here already, or under way, is not asked for again; what
    RETENTION_DAYS would purge is not fetched. Exits with 1 when a slice failed, or could not be worked on any more. A
    server beside it may take part of the work. Interrupted, a server, or the next call, goes on where it stopped.
    """
    portside = open_portside()
    chosen = of_amazon(chosen_connections(portside.services, connection_id))
    with at_work(portside) as tick:
        ended = fetch(portside.services, chosen, days, tick)
    if not ended:
        kept = min(days, portside.services.backfill.retention_days)
        click.echo(f"The orders of the last {kept} days are here already.")
    failed = [report for report in ended if report.status is ReportStatus.FAILED]
    if failed:
        causes = "; ".join(f"{_days(one)}: {one.error.message if one.error else '?'}" for one in failed)
        raise click.ClickException(f"{len(failed)} of {len(ended)} slices failed: {causes}")


def fetch(
    services: Services,
    connections: Sequence[Connection],
    days: int,
    tick: Callable[[], None],
    pause: Callable[[float], None] = time.sleep,
) -> list[Report]:
    """Ask for what is missing, and work until it is here; returns the slices as they ended.

    Raises:
        ClickException: there was no going on with some connections; the others were waited for.
    """
    kept = services.backfill.retention_days
    if days > kept:
        said = f"Orders are kept for {kept} days (RETENTION_DAYS): older ones are not fetched."
        click.echo(said, err=True)
    for connection in connections:
        services.backfill.request(connection, days)
    wanted = {
        connection.id: {report.id for report in _slices(services, connection) if report.status.is_open}
        for connection in connections
    }
    watched = [connection for connection in connections if wanted[connection.id]]
    ended: list[Report] = []
    stuck: dict[ConnectionId, str] = {}

    def look() -> tuple[list[str], bool]:
        nonlocal ended
        now = services.sync.clock.now()
        found = [
            [report for report in _slices(services, connection) if report.id in wanted[connection.id]]
            for connection in watched
        ]
        ended = [report for slices in found for report in slices]
        open_ones = {report.connection_id for report in ended if report.status.is_open}
        for connection in watched:
            if connection.id in open_ones - stuck.keys() and (why := _why_stuck(services, connection)):
                stuck[connection.id] = why
        lines = [_line(each, slices, now) for each, slices in zip(watched, found, strict=True)]
        return lines, open_ones <= stuck.keys()

    follow(tick, look, pause)
    if stuck:
        raise click.ClickException("; ".join(stuck.values()))
    return ended


def of_amazon(chosen: Sequence[Connection]) -> list[Connection]:
    """Raises ClickException: there are stores only, whose history comes by itself."""
    found = [each for each in chosen if each.provider is Provider.AMAZON_SP]
    if not found:
        raise click.ClickException(
            "Only Amazon's orders are fetched so: those of a store of the last BACKFILL_DAYS come by themselves."
        )
    return found


def _slices(services: Services, connection: Connection) -> list[Report]:
    return services.reports.reports(
        connection.user_id,
        connection_id=connection.id,
        report_type=None,
        status=None,
        purpose=Purpose.HISTORY,
        before=None,
        limit=_ALL,
    )


def _why_stuck(services: Services, connection: Connection) -> str | None:
    """Nobody works on slices of a seller who is gone, nor on what was set aside: waiting would never end."""
    kept = services.connections.get(connection.user_id, connection.id)
    if not kept.status.usable:
        return f"{kept.seller_id} can't be synced any more: it is {kept.status.value}"
    reports = (connection.id, Resource.REPORTS)
    for state in services.sync.states(connection.user_id):
        if (state.connection_id, state.resource) == reports and not state.next_run_at:
            return (
                f"the reports of {kept.seller_id} were set aside after failing again and again;"
                f" portside sync --connection {kept.id} --resource reports tries them anew and says why"
            )
    return None


def _line(connection: Connection, slices: Sequence[Report], now: datetime) -> str:
    done = sum(1 for report in slices if not report.status.is_open)
    failed = sum(1 for report in slices if report.status is ReportStatus.FAILED)
    orders = sum(report.records for report in slices)
    said = f"{done} of {len(slices)} slices, {orders} orders"
    if failed:
        said += f", {failed} failed"
    looks = [report.next_look_at for report in slices if report.next_look_at is not None]
    if looks and min(looks) > now:
        said += f", waiting until {min(looks):%H:%M:%S} UTC"
    elif done == len(slices):
        said += ", done"
    return f"{connection.seller_id:<16} {bar(done / max(1, len(slices)))} {said}"


def _days(report: Report) -> str:
    start, end = report.request.start, report.request.end
    return f"{start:%Y-%m-%d} to {end:%Y-%m-%d}" if start and end else str(report.id)
