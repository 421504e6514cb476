"""``portside connections audit``: who did what, from where."""

import json
from uuid import UUID

import click

from domain.audit.model import AuditEntry
from entrypoints.http.audit_shapes import entry_json
from entrypoints.http.shapes import Json, moment
from entrypoints.opening import open_portside


@click.command()
@click.argument("connection_id", type=click.UUID, required=False)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)
@click.option("--user", "email", help="Only what is this user's, by e-mail.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def audit(connection_id: UUID | None, limit: int, email: str | None, as_json: bool) -> None:
    """Show who did what, from where, the newest first.

    Of all users and of the installation itself, or only what is about this CONNECTION_ID, also when that is gone.
    """
    services = open_portside().services
    wanted = services.access.by_email(email).id if email is not None else None
    emails: dict[UUID | None, str] = {user.id: user.label for user in services.access.everybody()}
    for entry in services.journal.everybodys(connection_id=connection_id, user_id=wanted, limit=limit):
        shape = {**entry_json(entry), "user": emails.get(entry.user_id)}
        click.echo(json.dumps(shape, ensure_ascii=False) if as_json else _line(entry, shape))


def _line(entry: AuditEntry, shape: Json) -> str:
    details = " ".join(f"{name}={value}" for name, value in sorted(entry.details.items()))
    parts = (
        str(moment(entry.at)),
        str(entry.action),
        f"of {shape['user'] or 'the installation'}",
        f"by {entry.actor}",
        f"from {entry.address}" if entry.address else "",
        str(entry.connection_id or ""),
        details,
    )
    return "  ".join(part for part in parts if part)
