"""``portside users`` and ``portside connections``."""

import click

from domain.users.access import Registration
from domain.users.model import CONSOLE
from entrypoints.cli.audit import audit
from entrypoints.cli.leaving import export, remove
from entrypoints.http.shapes import moment
from entrypoints.main import open_portside


@click.group()
def users() -> None:
    """Users of this installation."""


@users.command("create")
@click.argument("email")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="PORTSIDE_PASSWORD"
)
@click.option("--first-name")
@click.option("--last-name")
def create(email: str, password: str, first_name: str | None, last_name: str | None) -> None:
    """Create a user; the password is asked for, or taken from PORTSIDE_PASSWORD."""
    user = open_portside().services.access.register(
        Registration(email, password, first_name, last_name), CONSOLE
    )
    click.echo(f"{user.id} {user.email}")


@users.command("list")
def list_users() -> None:
    """List the users, the oldest first."""
    for user in open_portside().services.access.everybody():
        click.echo(f"{user.id}  {user.email}  since {moment(user.created_at)}")


@click.group()
def connections() -> None:
    """Connections to sellers' accounts."""


@connections.command("list")
def list_connections() -> None:
    """List all connections, the oldest first."""
    for one in open_portside().services.connections.everybodys():
        click.echo(
            f"{one.id}  {one.provider.value}  {one.seller_id}  {one.region.value}  {one.status.value}  "
            f"synced {moment(one.last_synced_at) or 'never'}"
        )


@connections.command("import-env")
def import_env() -> None:
    """Import the connection that AMAZON_REFRESH_TOKEN and AMAZON_SELLER_ID name; again, it is renewed."""
    accepted = open_portside().services.environment.run(CONSOLE)
    one = accepted.connection
    deed = "renewed" if accepted.renewed else "connected"
    places = ", ".join(one.marketplace_ids)
    click.echo(f"{deed} {one.id}  {one.seller_id}  {one.region.value}  {one.status.value}  {places}")


for _command in (remove, export, audit):
    connections.add_command(_command)
