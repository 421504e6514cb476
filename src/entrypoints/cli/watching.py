"""Watching the sync of all sellers, or of one, without taking part in it."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import click

from domain.connections.model import Connection, ConnectionStatus
from domain.errors import PortsideError
from domain.ledger.model import Verdict
from domain.marketplaces import Region
from domain.sync.model import Resource, RunStatus
from domain.sync.overview import ConnectionOverview, ResourceOverview
from entrypoints.services import Services

#: Looking takes no more than a tenth of the time, however many sellers there are.
_PAUSE_SECONDS = 1.0
_LOOK_SHARE = 10
_HEADINGS = ("SELLER", "RESOURCE", "STATUS", "PROGRESS", "NEXT RUN", "AGE", "REMARKS")
_WIDTHS = (18, 14, 10, 26, 20, 6, 0)
#: What somebody should look at stands first where there is no room for everything.
_FIRST = {RunStatus.FAILED: 0, RunStatus.RUNNING: 1, RunStatus.WAITING: 1, RunStatus.QUEUED: 1}


@dataclass(frozen=True)
class Line:
    """A resource of a connection in words. ``age`` changes by itself, so it is no news."""

    key: tuple[UUID, str]
    status: RunStatus | None
    seller: str
    resource: str
    doing: str
    progress: str
    next_run: str
    age: str
    remarks: str

    @property
    def news(self) -> tuple[str, ...]:
        """What somebody wants to be told of when it changes."""
        return (self.doing, self.progress, self.next_run, self.remarks)

    def __str__(self) -> str:
        cells = (
            self.seller,
            self.resource,
            self.doing,
            self.progress,
            self.next_run,
            self.age,
            self.remarks,
        )
        return _row(cells)


def watch(
    services: Services,
    connection_id: UUID | None,
    resources: Collection[Resource],
    show: Callable[[list[Line], datetime], None] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Show how the sync is doing until Ctrl-C: a table on a terminal, elsewhere a line for each change.

    Raises:
        ClickException: there is no such connection.
    """
    shown = show or (Table() if sys.stdout.isatty() else News())
    with suppress(KeyboardInterrupt):
        while True:
            began = time.monotonic()
            try:
                shown(list(_lines(services, connection_id, resources)), services.sync.clock.now())
            except PortsideError as error:
                click.echo(f"portside: {error} Trying again.", err=True)
            pause(max(_PAUSE_SECONDS, _LOOK_SHARE * (time.monotonic() - began)))


class Table:
    """Rewrites what it has written: never more than there is room for."""

    def __init__(self, size: Callable[[], os.terminal_size] = shutil.get_terminal_size) -> None:
        self._size = size
        self._height = 0

    def __call__(self, lines: list[Line], now: datetime) -> None:
        size = self._size()
        room = max(3, size.lines - 4)
        shown = lines
        if len(lines) > room:
            urgent = sorted(lines, key=_urgency)
            kept = {line.key for line in urgent[:room]}
            shown = [line for line in lines if line.key in kept]
        rows = [_row(_HEADINGS), *map(str, shown)]
        if len(shown) < len(lines):
            rows.append(f"… and {len(lines) - len(shown)} more; --connection shows one seller")
        elif not lines:
            rows.append("No seller is connected.")
        rows.append(f"{now:%H:%M:%S} UTC. Ctrl-C ends it.")
        back = f"\033[{self._height}A" if self._height else ""
        text = "".join(f"\033[K{row[: size.columns - 1]}\n" for row in rows)
        # What a taller table left behind goes as well.
        click.echo(f"{back}{text}\033[J", nl=False, color=True)
        self._height = len(rows)


class News:
    """Prints what has changed since it was last said."""

    def __init__(self) -> None:
        self._said: dict[tuple[UUID, str], tuple[str, ...]] = {}
        self._told_of_none = False

    def __call__(self, lines: list[Line], now: datetime) -> None:
        if not lines and not self._told_of_none:
            click.echo("No seller is connected.")
        self._told_of_none = not lines
        for line in lines:
            if self._said.get(line.key) != line.news:
                click.echo(f"{now:%Y-%m-%dT%H:%M:%SZ} {line}")
        self._said = {line.key: line.news for line in lines}


def _urgency(line: Line) -> tuple[int, bool]:
    return (_FIRST[line.status] if line.status in _FIRST else len(_FIRST), not line.remarks)


def _lines(services: Services, connection_id: UUID | None, resources: Collection[Resource]) -> Iterator[Line]:
    now = services.sync.clock.now()
    known = services.connections.everybodys()
    if connection_id is not None and all(each.id != connection_id for each in known):
        raise click.ClickException(f"There is no connection {connection_id}.")
    alive = [each for each in known if each.status is not ConnectionStatus.DISCONNECTED]
    chosen = alive if connection_id is None else [each for each in known if each.id == connection_id]
    wanted = {each.id for each in chosen}
    for user_id in dict.fromkeys(each.user_id for each in chosen):
        for overview in services.overview.of(user_id):
            if overview.connection.id in wanted:
                for each in overview.resources:
                    if each.state.resource in resources:
                        yield _line(overview, each, now)


def _line(overview: ConnectionOverview, resource: ResourceOverview, now: datetime) -> Line:
    state, connection = resource.state, overview.connection
    known = state.complete_until or state.synced_at
    status = state.status.value if state.status else "not yet"
    return Line(
        key=(connection.id, state.resource.value),
        status=state.status,
        seller=_seller(connection),
        resource=state.resource.value,
        doing="set aside" if state.set_aside else status,
        progress=_progress(resource),
        next_run=_next_run(resource, connection),
        age="-" if known is None else _span(now - known),
        remarks="; ".join(_remarks(overview, resource)),
    )


def _seller(connection: Connection) -> str:
    """A seller has an account in each region; a store is itself."""
    region = connection.region
    return connection.seller_id if region is Region.WORLD else f"{connection.seller_id}/{region.value}"


def _progress(resource: ResourceOverview) -> str:
    state = resource.state
    if state.progress is None:
        return f"{state.records} records" if state.status else "-"
    total = state.progress.total_estimate
    of = f" of about {total}" if total else ""
    return f"{state.progress.records}{of} records"


def _next_run(resource: ResourceOverview, connection: Connection) -> str:
    state = resource.state
    if state.waiting_until is not None:
        return f"goes on {state.waiting_until:%H:%M:%S}"
    if state.progress is not None:
        return "now"
    if state.next_run_at is None or not connection.status.usable:
        return "stopped"
    return f"{state.next_run_at:%m-%d %H:%M:%S}"


def _remarks(overview: ConnectionOverview, resource: ResourceOverview) -> Iterator[str]:
    """What is wrong or missing. History comes by reports, and its orders are what gaps are of."""
    state, history = resource.state, overview.history
    if not overview.connection.status.usable:
        yield overview.connection.status.value
    failure = state.set_aside or state.error
    if failure is not None:
        yield failure.message
    if state.resource is Resource.REPORTS and history.slices:
        failed = f", {history.failed} failed" if history.failed else ""
        yield f"history {history.done} of {history.slices} slices{failed}"
    if state.resource is Resource.ORDERS:
        for verdict, words in ((Verdict.GAP, "being mended"), (Verdict.LASTING, "lasting")):
            if days := overview.verdicts.get(verdict):
                yield f"{days} incomplete {'day' if days == 1 else 'days'}, {words}"


def _span(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _row(cells: Sequence[str]) -> str:
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
