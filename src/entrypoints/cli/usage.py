"""``portside usage``: how often Amazon was called."""

import json
from datetime import datetime

import click

from entrypoints.http.usage import usage_json
from entrypoints.opening import open_portside

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=_DAY, help="The first day; 29 days before the last one by default.")
@click.option("--to", "last", type=_DAY, help="The last day; today by default.")
@click.option("--user", "email", help="Only this user's sellers, by e-mail.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def usage(
    first: datetime | None, last: datetime | None, email: str | None, limit: int, as_json: bool
) -> None:
    """Show how often Amazon was called, by day (in UTC), seller and operation, the newest first.

    All calls, those by GET, and those that were answered with 429.
    """
    services = open_portside().services
    wanted = services.access.by_email(email).id if email is not None else None
    days = services.usage.days(first.date() if first else None, last.date() if last else None)
    for row in services.usage.daily(wanted, days, limit=limit):
        if as_json:
            click.echo(json.dumps(usage_json(row)))
            continue
        figures = f"{row.calls} calls  {row.gets} GET  {row.throttled} throttled"
        click.echo(f"{row.day}  {row.seller_id}  {row.operation}  {figures}")
