"""``portside connections remove`` and ``export``: leaving, and taking the data along."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from uuid import UUID

import click

from domain.connections.model import ConnectionId
from domain.connections.ports import Record
from domain.errors import NotFound
from domain.users.model import CONSOLE, User
from entrypoints.opening import open_portside
from entrypoints.services import Services

#: Between two steps others get a chance to write.
_BREATH_SECONDS = 0.05


@click.command()
@click.argument("connection_id", type=click.UUID)
@click.option("--permanent", is_flag=True, help="Erase the connection and all its data as well.")
@click.confirmation_option(prompt="The connection's secrets will be erased. Go on?")
def remove(connection_id: UUID, permanent: bool) -> None:
    """Disconnect: erase the secrets of a connection and stop its syncs. Its data stays.

    With --permanent its data goes too, and this comes back when nothing is left; what is being erased already, it goes on
    with.
    """
    services = open_portside().services
    wanted = ConnectionId(connection_id)
    if not permanent:
        services.connections.disconnect(_owner(services, wanted), CONSOLE, wanted, provider=None)
        click.echo("disconnected")
        return
    removed = 0
    # What is being erased already is only waited for, or brought to its end.
    if not _being_erased(services, wanted):
        removed = services.erasures.request(_owner(services, wanted), CONSOLE, wanted)
    while _being_erased(services, wanted):
        removed += services.erasures.step(connection_id=wanted)
        click.echo(f"\r{removed} rows erased", nl=False, err=True)
        time.sleep(_BREATH_SECONDS)
    click.echo(f"\r{removed} rows erased", err=True)
    click.echo("erased")


@click.command()
@click.argument("connection_id", type=click.UUID)
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write into this file instead of to the standard output. It is there when it is whole, for its owner only.",
)
def export(connection_id: UUID, path: Path | None) -> None:
    """Hand out all that is kept of one connection, as JSON lines, without tokens and secrets.

    Its rows of each table come as of one moment, a line each, with the table's name in "table".
    """
    records = open_portside().services.exports.of(ConnectionId(connection_id), CONSOLE)
    try:
        if path is None:
            count = _write(records, sys.stdout)
        else:
            with _whole_or_not_at_all(path) as file:
                count = _write(records, file)
    except OSError as error:
        name = path or "the standard output"
        raise click.ClickException(f"{name} can't be written to: {error.strerror or error}.") from error
    click.echo(f"{count} rows exported", err=True)


def _write(records: Iterable[Record], file: TextIO) -> int:
    count = 0
    for record in records:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        count += 1
    file.flush()
    return count


@contextmanager
def _whole_or_not_at_all(path: Path) -> Iterator[TextIO]:
    """A file beside the one that is meant, which takes its name when everything is in it; for this user's eyes only."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _being_erased(services: Services, wanted: ConnectionId) -> bool:
    return any(one.id == wanted for one in services.erasures.under_way())


def _owner(services: Services, wanted: ConnectionId) -> User:
    owners = {one.id: one.user_id for one in services.connections.everybodys()}
    for user in services.access.everybody():
        if user.id == owners.get(wanted):
            return user
    raise NotFound(f"There is no connection {wanted}.")
