"""``portside users`` and ``portside connections``."""

from uuid import UUID

import click

from domain.connections.model import ConnectionId
from domain.users.access import Registration
from domain.users.model import Visitor
from entrypoints.http.shapes import moment
from entrypoints.main import open_portside

_CONSOLE = Visitor("console")


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
        Registration(email, password, first_name, last_name), _CONSOLE
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


@connections.command("remove")
@click.argument("connection_id", type=click.UUID)
@click.option("--permanent", is_flag=True, help="Erase its data as well.")
@click.confirmation_option(prompt="The connection's secrets will be erased. Go on?")
def remove(connection_id: UUID, permanent: bool) -> None:
    """Disconnect: erase the secrets, stop the schedules."""
    services = open_portside().services
    wanted = ConnectionId(connection_id)
    owners = {one.id: one.user_id for one in services.connections.everybodys()}
    owner = next((user for user in services.access.everybody() if user.id == owners.get(wanted)), None)
    if owner is None:
        raise click.ClickException(f"There is no connection {connection_id}.")
    if permanent:
        services.connections.erase(owner, _CONSOLE, wanted)
    else:
        services.connections.disconnect(owner, _CONSOLE, wanted)
    click.echo("erased" if permanent else "disconnected")
