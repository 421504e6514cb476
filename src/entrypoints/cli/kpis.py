"""``portside kpis verify``: whether the daily sums are what their orders say."""

from collections.abc import Iterator
from uuid import UUID

import click

from domain.connections.model import Connection
from domain.kpis.differences import Comparison, Difference, Sums
from domain.users.model import CONSOLE
from entrypoints.opening import open_portside
from entrypoints.services import Services


@click.group()
def kpis() -> None:
    """The figures, and whether they are true."""


@kpis.command()
@click.option("--repair", is_flag=True, help="Set right what differs.")
@click.option("--connection", "connection_id", type=click.UUID, help="Only this connection.")
@click.option("--user", "email", help="Only this user's connections, by e-mail.")
def verify(repair: bool, connection_id: UUID | None, email: str | None) -> None:
    """Recount the daily sums from the orders, and show day by day where they differ.

    Each line is day, marketplace, currency, all, the status or the SKU, what is kept and what was counted: the first 20 of
    each connection, and how many there are. Exits with 1 when something differs and was not repaired. Syncs may go on
    meanwhile: it sees everything as of one moment. A million orders take some seconds.

    With --repair what differs is set right, and only that: each connection in one transaction, while its syncs wait. It is
    written to the audit log, and dashboards show it at once.
    """
    services = open_portside().services
    sums = connections = 0
    for one in _chosen(services, connection_id, email):
        found = services.truth.repair(one.id, CONSOLE) if repair else services.truth.verify(one.id)
        if found is None:
            continue  # it has just been removed
        sums, connections = sums + found.total, connections + (found.total > 0)
        for line in _told(one, found):
            click.echo(line)
    if not sums:
        click.echo("all daily sums are what their orders say")
    elif repair:
        click.echo(f"{_number(sums, 'daily sum')} of {_number(connections, 'connection')} set right")
    else:
        raise click.ClickException(
            f"{_number(sums, 'daily sum')} of {_number(connections, 'connection')} differ from the orders;"
            " --repair sets them right"
        )


def _chosen(services: Services, connection_id: UUID | None, email: str | None) -> list[Connection]:
    found = services.connections.everybodys()
    if email is not None:
        owner = services.access.by_email(email).id
        found = [one for one in found if one.user_id == owner]
    if connection_id is not None:
        found = [one for one in found if one.id == connection_id]
        if not found:
            whose = f" of {email}'s" if email is not None else ""
            raise click.ClickException(f"There is no connection {connection_id}{whose}.")
    return found


def _told(one: Connection, found: Comparison) -> Iterator[str]:
    since = f" since {found.since}" if found.since else ""
    outcome = f"{_number(found.total, 'sum')} differ" if found.total else "equal"
    yield f"{one.id}  {one.seller_id}  {_number(found.orders, 'order')}{since}  {outcome}"
    for each in found.differences:
        yield f"  {_difference(each)}"
    if len(found.differences) < found.total:
        yield f"  and {found.total - len(found.differences)} more"


def _difference(each: Difference) -> str:
    which = "all" if each.sku is None else repr(each.sku)
    if each.days > 1:
        which = f"{which} in {each.days} days"
    if each.status is not None:
        which = f"status {each.status!r}"
    place = f"{each.day}  {each.marketplace_id}  {each.currency}  {which}"
    if each.kept is None:
        return f"{place}  not kept; counted: {_plain(each.counted or {})}"
    if each.counted is None:
        return f"{place}  kept: {_plain(each.kept)}; there are no such orders"
    kept, counted = each.kept, each.counted
    unlike = [
        f"{name} kept {'none' if value is None else value}, counted {counted[name]}"
        for name, value in kept.items()
        if value != counted[name]
    ]
    return f"{place}  {'; '.join(unlike)}"


def _plain(sums: Sums) -> str:
    return ", ".join(f"{name} {value}" for name, value in sums.items())


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
