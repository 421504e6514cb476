"""``portside doctor``: the chain, link by link; for each broken one the cause and the mend."""

from collections.abc import Iterator

import click

from domain.connections.model import Connection, ConnectionStatus
from domain.errors import NotConfigured, PortsideError, ReauthorizationRequired
from domain.operations.model import Finding
from entrypoints.main import open_portside
from entrypoints.services import Services


@click.command()
def doctor() -> None:
    """Check settings, database, migrations, key ring, and a token exchange for every connection."""
    portside = open_portside(migrating=False)
    findings = [Finding("settings", True), *(probe.check() for probe in portside.services.probes)]
    findings.append(_amazon(portside.services.missing_settings))
    if all(finding.ok for finding in findings if finding.name in ("database", "migrations", "key_ring")):
        findings += _exchanges(portside.services)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.name}")
        if not finding.ok:
            click.echo(f"     cause: {finding.cause}\n     mend:  {finding.mend}")
    broken = [finding.name for finding in findings if not finding.ok]
    if broken:
        raise click.ClickException(f"{len(broken)} of {len(findings)} checks failed: {', '.join(broken)}")


def _amazon(missing: tuple[str, ...]) -> Finding:
    if not missing:
        return Finding("amazon_client", True)
    mend = "register an SP-API application in the Solution Provider Portal and set these variables"
    return Finding("amazon_client", False, f"not set: {', '.join(missing)}", mend)


def _exchanges(services: Services) -> Iterator[Finding]:
    for connection in services.connections.everybodys():
        if connection.status is not ConnectionStatus.DISCONNECTED:
            yield _exchange(services, connection)


def _exchange(services: Services, connection: Connection) -> Finding:
    """A token that is still good would hide a client secret that Amazon accepts no longer: LWA is asked anyway."""
    name = f"access_token {connection.seller_id}/{connection.region.value}"
    try:
        services.tokens.renewed(connection.id)
    except ReauthorizationRequired as error:
        return Finding(name, False, str(error), "let the seller connect again in the settings view")
    except NotConfigured as error:
        return Finding(name, False, str(error), f"check {', '.join(error.missing)}")
    except PortsideError as error:
        return Finding(name, False, str(error), "try again in a minute; if it stays, the log has the details")
    return Finding(name, True)
