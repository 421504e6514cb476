"""``portside users`` and ``portside connections``."""

import click

from domain.connections.grants import Accepted
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
    """Import what AMAZON_REFRESH_TOKEN and AMAZON_SELLER_ID, or SHOPIFY_SHOP, name; again, it is renewed."""
    services = open_portside().services
    store = services.stores.environment
    if not services.environment.named and not store.named:
        raise click.ClickException(
            "Nothing to import: set AMAZON_REFRESH_TOKEN and AMAZON_SELLER_ID, or SHOPIFY_SHOP."
        )
    if services.environment.named:
        _echo(services.environment.run(CONSOLE))
    if store.named:
        _echo(store.run(CONSOLE))


def _echo(accepted: Accepted) -> None:
    one = accepted.connection
    deed = "renewed" if accepted.renewed else "connected"
    places = ", ".join(one.marketplace_ids)
    click.echo(f"{deed} {one.id}  {one.seller_id}  {one.region.value}  {one.status.value}  {places}")


for _command in (remove, export, audit):
    connections.add_command(_command)
