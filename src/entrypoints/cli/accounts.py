"""``portside users`` and ``portside connections``."""

import sys

import click

from domain.connections.grants import Accepted
from domain.users.access import SHORTEST_PASSWORD, Registration
from domain.users.model import CONSOLE
from entrypoints.cli.audit import audit
from entrypoints.cli.leaving import export, remove
from entrypoints.http.shapes import moment
from entrypoints.opening import open_portside


def _asked_for(_context: click.Context, _option: click.Parameter, given: str | None) -> str:
    """The password that was given, else typed at the terminal, else the first line of the input."""
    if given is not None:
        return given
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.UsageError("There is no terminal to ask for a password: set PORTSIDE_PASSWORD.")
    return line


_new_password = click.option(
    "--password",
    callback=_asked_for,
    envvar="PORTSIDE_PASSWORD",
    help=f"{SHORTEST_PASSWORD} characters or more. Others can see it in the list of processes: rather let it be asked for.",
)


@click.group()
def users() -> None:
    """Users of this installation."""


@users.command("create")
@click.argument("email")
@_new_password
@click.option("--first-name", help="The user's first name.")
@click.option("--last-name", help="The user's last name.")
def create(email: str, password: str, first_name: str | None, last_name: str | None) -> None:
    """Create the user with this EMAIL, and print id and e-mail.

    The password is asked for, or taken from PORTSIDE_PASSWORD, or from the first line of an input that is no terminal.
    """
    user = open_portside().services.access.register(
        Registration(email, password, first_name, last_name), CONSOLE
    )
    click.echo(f"{user.id} {user.email}")


@users.command("password")
@click.argument("email")
@_new_password
def set_password(email: str, password: str) -> None:
    """Give the user with this EMAIL another password, and end all of their sessions.

    The password is asked for, or taken from PORTSIDE_PASSWORD, or from the first line of an input that is no terminal.
    API keys stay.
    """
    access = open_portside().services.access
    access.set_password(access.by_email(email), password, CONSOLE)
    click.echo(f"{email} has another password; all sessions have ended")


@users.command("revoke-keys")
@click.argument("email")
def revoke_keys(email: str) -> None:
    """Take away all API keys of the user with this EMAIL.

    What they opened is closed at once. Sessions stay: another password ends them.
    """
    services = open_portside().services
    number = services.api_keys.delete_all(services.access.by_email(email), CONSOLE)
    click.echo(f"{email} had {number} API {'key' if number == 1 else 'keys'}, and has none now")


@users.command("list")
def list_users() -> None:
    """List the users, the oldest first."""
    for user in open_portside().services.access.everybody():
        click.echo(f"{user.id}  {user.email or 'no e-mail'}  since {moment(user.created_at)}")


@click.group()
def connections() -> None:
    """Connections to sellers' accounts."""


@connections.command("list")
def list_connections() -> None:
    """List all connections with id, seller, region, status and last sync, the oldest first."""
    for one in open_portside().services.connections.everybodys():
        click.echo(
            f"{one.id}  {one.provider.value}  {one.seller_id}  {one.region.value}  {one.status.value}  "
            f"synced {moment(one.last_synced_at) or 'never'}"
        )


@connections.command("import-env")
def import_env() -> None:
    """Connect what AMAZON_REFRESH_TOKEN and AMAZON_SELLER_ID, or SHOPIFY_SHOP, name.

    It is for AMAZON_OWNER_EMAIL or the first user; a seller's region and marketplaces are asked of Amazon. Called again,
    the connection is renewed. A server does this by itself when it starts, as long as that seller or store was never
    connected.
    """
    services = open_portside().services
    stores = [doors.environment for doors in services.stores.values() if doors.environment.named]
    if not services.environment.named and not stores:
        raise click.ClickException(
            "Nothing to import: set AMAZON_REFRESH_TOKEN and AMAZON_SELLER_ID, or SHOPIFY_SHOP."
        )
    if services.environment.named:
        _echo(services.environment.run(CONSOLE))
    for store in stores:
        _echo(store.run(CONSOLE))


def _echo(accepted: Accepted) -> None:
    one = accepted.connection
    deed = "renewed" if accepted.renewed else "connected"
    places = ", ".join(one.marketplace_ids)
    click.echo(f"{deed} {one.id}  {one.seller_id}  {one.region.value}  {one.status.value}  {places}")


for _command in (remove, export, audit):
    connections.add_command(_command)
