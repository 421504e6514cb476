"""``portside sync``: sync now, in this process, with a bar per resource; or look on while others do."""

from collections.abc import Callable, Sequence
from uuid import UUID

import click

from domain.connections.model import Connection
from domain.sync.model import Resource, Run, RunStatus
from entrypoints.cli.following import at_work, bar, chosen_connections, follow
from entrypoints.cli.watching import watch
from entrypoints.opening import open_portside
from entrypoints.services import Services


@click.command()
@click.option("--connection", "connection_id", type=click.UUID, help="Only this connection.")
@click.option(
    "--resource",
    "resources",
    multiple=True,
    type=click.Choice([resource.value for resource in Resource]),
    help="Only this resource.",
)
@click.option("--watch", "watching", is_flag=True, help="Only look on, until Ctrl-C, which exits with 0.")
def sync(connection_id: UUID | None, resources: tuple[str, ...], watching: bool) -> None:
    """Sync now, in this process, with a bar for each resource, until all runs have ended.

    Exits with 1 when a run failed. "reports" ends when no report is under way any more. A server beside it may take part
    of the work. Interrupted, a server, or the next call, goes on where it stopped.

    With --watch nothing is asked for: of every connection and resource it shows how the sync is doing, whoever does it:
    status, progress, next run, age of the data, and what went wrong or is missing. On a terminal that is a table which is
    rewritten; elsewhere a line, with the time, for each change.
    """
    wanted = [Resource(name) for name in resources] or list(Resource)
    portside = open_portside()
    services = portside.services
    if watching:
        return watch(services, connection_id, wanted)
    chosen = having_any(chosen_connections(services, connection_id), wanted)
    runs = [run for one in chosen for run in services.sync.request(one.user_id, one.id, wanted)]
    with at_work(portside) as tick:
        ended = _followed(services, tick, runs)
    failed = [run for run in ended if run.status is RunStatus.FAILED]
    if failed:
        causes = "; ".join(
            f"{run.resource.value}: {run.error.message if run.error else '?'}" for run in failed
        )
        raise click.ClickException(f"{len(failed)} of {len(ended)} runs failed: {causes}")
    return None


def having_any(chosen: Sequence[Connection], wanted: Sequence[Resource]) -> list[Connection]:
    """Those that have any of these resources: a store has others than a seller account.

    Raises:
        ClickException: none has.
    """
    providers = {resource.provider for resource in wanted}
    found = [each for each in chosen if each.provider in providers]
    if not found:
        raise click.ClickException("Nothing is connected that has any of these resources.")
    return found


def _followed(services: Services, tick: Callable[[], None], runs: list[Run]) -> list[Run]:
    """The runs as they ended."""
    current = runs

    def look() -> tuple[list[str], bool]:
        nonlocal current
        current = [services.sync.run(run.user_id, run.id) for run in runs]
        return [_line(run) for run in current], not any(run.status.under_way for run in current)

    follow(tick, look)
    return current


def _line(run: Run) -> str:
    progress = run.progress
    if run.status is RunStatus.SUCCEEDED:
        share = 1.0
    elif progress.total_estimate:
        share = min(0.99, progress.records / progress.total_estimate)
    else:
        share = 0.0
    total = f" of about {progress.total_estimate}" if progress.total_estimate else ""
    until = f" until {run.waiting_until:%H:%M:%S} UTC" if run.waiting_until else ""
    return (
        f"{run.resource.value:<14} {bar(share)} {progress.records}{total} records, {run.status.value}{until}"
    )
