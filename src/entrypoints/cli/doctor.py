"""``portside doctor``: from the settings to one real answer of Amazon's; for each broken link the cause and the mend."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from domain.ads.diagnosis import ads_mend
from domain.channels.table import STORE_CHANNELS
from domain.connections.diagnosis import Link, LinkState
from domain.connections.mends import mend_for
from domain.connections.model import Connection, ConnectionStatus, Provider
from domain.errors import NotConfigured, PortsideError
from domain.operations.model import Finding
from entrypoints.cli import troubles
from entrypoints.http.shapes import Json, moment
from entrypoints.opening import open_portside
from entrypoints.services import Services
from entrypoints.settings import SettingsError

#: So many connections are tried out unless somebody wants all: each costs an exchange at LWA and a few calls to SP-API.
_FIRST = 20
_WORDS = {
    LinkState.OK: "ok  ",
    LinkState.WARNING: "warn",
    LinkState.FAILED: "FAIL",
    LinkState.SKIPPED: "skip",
}
#: Without these there is nothing to be read about connections.
_GROUND = ("database", "migrations")


@dataclass(frozen=True)
class Row:
    """One line of the report; ``connection`` is whose link it is."""

    link: Link
    connection: Connection | None = None


@dataclass
class Report:
    """What was found, in its order."""

    rows: list[Row] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """The names of what has failed."""
        return [_title(row) for row in self.rows if row.link.state is LinkState.FAILED]

    def add(self, *findings: Finding) -> None:
        """Findings about the installation."""
        self.rows += [Row(_link(finding)) for finding in findings]

    def stands(self, names: Sequence[str]) -> bool:
        """Whether none of these has failed."""
        return not any(row.link.name in names and row.link.state is LinkState.FAILED for row in self.rows)


@click.command()
@click.option(
    "--connection",
    "connection_id",
    type=click.UUID,
    help="Only this connection, also when it is disconnected.",
)
@click.option(
    "--all",
    "everyone",
    is_flag=True,
    help=f"All connections, not only the first {_FIRST}: each costs a token exchange and a few calls.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def doctor(connection_id: UUID | None, everyone: bool, as_json: bool) -> None:
    """Check settings, database, keys and queue, and every connection from its stored token to a real call.

    Says the cause and the mend of whatever is broken, and exits with 1 when something is; warns of what was set aside, of
    orders that stay missing, of daily sums that are wrong and of work that nobody takes up. A message in the queue is taken.

    As JSON: "ok", and "checks" with name, status (ok, warning, failed, skipped), cause, mend, details, and for a
    connection's link its connection_id, seller_id, region, request_id, seconds.
    """
    report = Report()
    try:
        portside = open_portside(migrating=False)
        services = portside.services
    except SettingsError as error:
        report.add(*troubles.unusable(error), *_misnamed())
    else:
        report.add(Finding("settings", True), *_misnamed(), *troubles.unseen_visitors(portside.settings))
        report.add(*(probe.check() for probe in services.probes))
        readable = report.stands(_GROUND)
        report.add(_client(services, readable=readable), *_store_client(services, readable=readable))
        report.add(*_ads_client(services, readable=readable))
        report.add(*_queue(services))
        if report.stands(_GROUND):
            report.add(*services.watch.concerns())
            report.rows += _chains(services, connection_id, everyone)
    click.echo(json.dumps(_report_json(report), indent=2) if as_json else "\n".join(_text(report)))
    if report.broken:
        total = len(report.rows)
        raise click.ClickException(
            f"{len(report.broken)} of {total} checks failed: {', '.join(report.broken)}"
        )


def _misnamed() -> list[Finding]:
    return troubles.misnamed(os.environ, Path.cwd())


def _client(services: Services, *, readable: bool) -> Finding:
    """Sellers who bring their tokens along need less than those who begin a consent here: then it is a warning."""
    missing = services.missing_settings
    if not missing:
        return Finding("amazon_client", True)
    if readable and not _amazons(services) and _stores(services):
        return Finding(
            "amazon_client",
            True,
            "not set, and no seller of Amazon is connected",
            "nothing, if none is meant to be",
        )
    mend = "register an SP-API application in the Solution Provider Portal and set these variables"
    names = ", ".join(missing)
    if readable and _enough(services, missing):
        return Finding("amazon_client", True, f"no seller can begin a consent here: not set: {names}", mend)
    return Finding("amazon_client", False, f"not set: {names}", mend)


def _enough(services: Services, missing: tuple[str, ...]) -> bool:
    """Whether there are connections, and what is not set is needed by none of them."""
    usable = [one for one in _amazons(services) if one.status.usable]
    return bool(usable) and (missing == ("AMAZON_APP_ID",) or all(one.lwa_client_id for one in usable))


def _amazons(services: Services) -> list[Connection]:
    return _of(services, Provider.AMAZON_SP)


def _stores(services: Services) -> list[Connection]:
    return [one for each in STORE_CHANNELS for one in _of(services, each)]


def _of(services: Services, provider: Provider) -> list[Connection]:
    return [one for one in services.connections.everybodys() if one.provider is provider]


def _store_client(services: Services, *, readable: bool) -> Iterator[Finding]:
    """Each channel's application for stores, where there is one, or where somebody needs it."""
    for provider, doors in services.stores.items():
        name, missing = f"{provider.channel}_client", doors.consent.pages.missing()
        if not missing:
            yield Finding(name, True)
        elif readable and any(
            one.status.usable and one.lwa_client_id is None for one in _of(services, provider)
        ):
            cause = f"not set: {', '.join(missing)}: only stores with a permanent token or a client of their own are synced"
            yield Finding(name, True, cause, "set them if stores were connected through the consent page")


def _ads_client(services: Services, *, readable: bool) -> Iterator[Finding]:
    """The client of the Ads API, where there is one, or where somebody needs it."""
    name, missing = "ads_client", services.ads.consent.pages.missing()
    if not missing:
        yield Finding(name, True)
    elif readable and any(one.status.usable for one in _of(services, Provider.AMAZON_ADS)):
        cause = f"not set: {', '.join(missing)}: advertising is connected, and can't be asked for"
        yield Finding(name, False, cause, "set them as they were when it was connected")


def _queue(services: Services) -> Iterator[Finding]:
    """The notifications queue, where one is set: what waits in it is taken, as the server does each minute."""
    name = "notifications_queue"
    if services.notices is None:
        return
    try:
        taken = services.notices.take()
    except NotConfigured as error:
        yield Finding(name, False, str(error), f"check {', '.join(error.missing)}")
    except PortsideError as error:
        mend = "see that AMAZON_NOTIFICATIONS_QUEUE_URL is right and that this machine may reach it"
        yield Finding(name, False, str(error), mend)
    else:
        yield Finding(name, True, details={"taken": taken})


def _chains(services: Services, connection_id: UUID | None, everyone: bool) -> Iterator[Row]:
    known = services.connections.everybodys()
    if connection_id is not None:
        chosen = [one for one in known if one.id == connection_id]
        if not chosen:
            raise click.ClickException(f"There is no connection {connection_id}.")
    else:
        alive = [one for one in known if one.status is not ConnectionStatus.DISCONNECTED]
        chosen = alive if everyone else alive[:_FIRST]
        if len(chosen) < len(alive):
            yield Row(_left_out(len(alive)))
    for connection in chosen:
        for link in _chain(services, connection):
            yield Row(link, connection)


def _chain(services: Services, connection: Connection) -> list[Link]:
    """A database that goes away in the middle is a finding too."""
    try:
        match connection.provider:
            case Provider.AMAZON_SP:
                return services.diagnosis.check(connection)
            case Provider.AMAZON_ADS:
                return services.ads.diagnosis.check(connection)
            case store:
                return services.stores[store].diagnosis.check(connection)
    except PortsideError as error:
        return [Link("chain", LinkState.FAILED, str(error), _mend(services, error, connection))]


def _mend(services: Services, error: PortsideError, connection: Connection) -> str:
    match connection.provider:
        case Provider.AMAZON_SP:
            return mend_for("chain", error, connection)
        case Provider.AMAZON_ADS:
            return ads_mend(error)
        case store:
            return services.stores[store].diagnosis.mend(error)


def _left_out(total: int) -> Link:
    cause = f"{total - _FIRST} of {total} connections are left out"
    mend = "portside doctor --all looks at all of them, --connection ID at one"
    return Link("connections", LinkState.WARNING, cause, mend, {"left_out": total - _FIRST})


def _link(finding: Finding) -> Link:
    """A finding that is all right and has a cause is a warning."""
    if not finding.ok:
        state = LinkState.FAILED
    else:
        state = LinkState.WARNING if finding.cause else LinkState.OK
    return Link(finding.name, state, finding.cause, finding.mend, finding.details)


def _title(row: Row) -> str:
    if row.connection is None:
        return row.link.name
    return f"{row.link.name} {row.connection.seller_id}/{row.connection.region.value} {row.connection.id}"


def _text(report: Report) -> Iterator[str]:
    for row in report.rows:
        link = row.link
        figures = "".join(f" {name}={_plain(value)}" for name, value in _details(link.details).items())
        yield f"{_WORDS[link.state]} {_title(row)}{figures}"
        if link.state is LinkState.SKIPPED:
            yield f"     note:  {link.cause}"
        elif link.cause:
            yield f"     cause: {link.cause}"
            yield f"     mend:  {link.mend}"
        if link.request_id:
            yield f"     {_whose(row)} request id: {link.request_id}"


def _whose(row: Row) -> str:
    known = row.connection.provider if row.connection else None
    return f"{known.label}'s" if known in STORE_CHANNELS else "Amazon's"


def _report_json(report: Report) -> Json:
    return {"ok": not report.broken, "checks": [_row_json(row) for row in report.rows]}


def _row_json(row: Row) -> Json:
    link = row.link
    shape: Json = {
        "name": link.name,
        "status": link.state.value,
        "cause": link.cause or None,
        "mend": link.mend or None,
        "details": _details(link.details),
    }
    if row.connection is None:
        return shape
    return {
        **shape,
        "connection_id": str(row.connection.id),
        "seller_id": row.connection.seller_id,
        "region": row.connection.region.value,
        "request_id": link.request_id,
        "seconds": round(link.seconds, 3),
    }


def _details(details: Mapping[str, object]) -> Json:
    return {name: moment(value) if isinstance(value, datetime) else value for name, value in details.items()}


def _plain(value: object) -> str:
    return ",".join(str(each) for each in value) if isinstance(value, list) else str(value)
