"""``portside sync``: sync now, in this process, with a bar per resource."""

import sys
import time
from uuid import UUID

import click

from domain.connections.model import Connection
from domain.errors import PortsideError
from domain.sync.model import Resource, Run, RunStatus
from entrypoints.main import open_portside
from entrypoints.scheduler.workers import Workers
from entrypoints.services import Services

_LOOK_SECONDS = 0.3
_BAR = 24


@click.command()
@click.option("--connection", "connection_id", type=click.UUID, help="Only this connection.")
@click.option(
    "--resource",
    "resources",
    multiple=True,
    type=click.Choice([resource.value for resource in Resource]),
    help="Only this resource; may be given several times.",
)
def sync(connection_id: UUID | None, resources: tuple[str, ...]) -> None:
    """Sync connections now, and show the progress until all runs have ended."""
    portside = open_portside()
    services = portside.services
    wanted = [Resource(name) for name in resources] or list(Resource)
    chosen = _chosen(services, connection_id)
    runs = [run for one in chosen for run in services.sync.request(one.user_id, one.id, wanted)]
    # A server beside us may take the work as well: the leases keep us apart, and the runs show either's progress.
    workers = Workers(services.shift, services.runner, portside.settings.worker_threads, portside.stopping)
    try:
        ended = _followed(services, workers, runs)
    finally:
        portside.stopping.set()
        workers.wait(8.0)
    failed = [run for run in ended if run.status is RunStatus.FAILED]
    if failed:
        causes = "; ".join(
            f"{run.resource.value}: {run.error.message if run.error else '?'}" for run in failed
        )
        raise click.ClickException(f"{len(failed)} of {len(ended)} runs failed: {causes}")


def _chosen(services: Services, connection_id: UUID | None) -> list[Connection]:
    usable = [one for one in services.connections.everybodys() if one.status.usable]
    chosen = [one for one in usable if connection_id in (None, one.id)]
    if not chosen:
        which = "There is no connection that could be synced."
        raise click.ClickException(which if connection_id is None else f"{connection_id} can't be synced.")
    return chosen


def _followed(services: Services, workers: Workers, runs: list[Run]) -> list[Run]:
    """The runs as they ended. Lines are rewritten on a terminal, and printed when something changes elsewhere."""
    terminal = sys.stdout.isatty()
    lines: list[str] = []
    while True:
        try:
            workers.tick()
        except PortsideError as error:
            click.echo(f"portside: {error} Trying again.", err=True)
        current = [services.sync.run(run.user_id, run.id) for run in runs]
        fresh = [_line(run) for run in current]
        if terminal:
            back = f"\033[{len(lines)}A" if lines else ""
            click.echo(back + "".join(f"\033[K{line}\n" for line in fresh), nl=False)
        else:
            for before, line in zip(lines or [""] * len(fresh), fresh, strict=True):
                if line != before:
                    click.echo(line)
        lines = fresh
        if not any(run.status.under_way for run in current):
            return current
        time.sleep(_LOOK_SECONDS)


def _line(run: Run) -> str:
    progress = run.progress
    if run.status is RunStatus.SUCCEEDED:
        share = 1.0
    elif progress.total_estimate:
        share = min(0.99, progress.records / progress.total_estimate)
    else:
        share = 0.0
    full = round(share * _BAR)
    bar = "█" * full + "·" * (_BAR - full)
    total = f" of about {progress.total_estimate}" if progress.total_estimate else ""
    until = f" until {run.waiting_until:%H:%M:%S} UTC" if run.waiting_until else ""
    return f"{run.resource.value:<10} {bar} {progress.records}{total} records, {run.status.value}{until}"
