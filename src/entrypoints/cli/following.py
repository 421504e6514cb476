"""Carrying out work in a command's own process, and showing how it gets on."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import click

from domain.connections.model import Connection
from domain.errors import Conflict, Unavailable
from entrypoints.bootstrap import Portside
from entrypoints.scheduler.workers import Workers
from entrypoints.services import Services

LOOK_SECONDS = 0.3
#: How long a page that is under way may take when the command ends.
_LAST_PAGE_SECONDS = 8.0
_BAR = 24


def chosen_connections(services: Services, connection_id: UUID | None) -> list[Connection]:
    """The connections that can be synced, of everybody; or only this one.

    Raises:
        ClickException: there is none.
    """
    usable = [one for one in services.connections.everybodys() if one.status.usable]
    chosen = [one for one in usable if connection_id in (None, one.id)]
    if not chosen:
        which = "There is no connection that could be synced."
        raise click.ClickException(which if connection_id is None else f"{connection_id} can't be synced.")
    return chosen


@contextmanager
def at_work(portside: Portside) -> Iterator[Callable[[], None]]:
    """What to call again and again inside the block, so that whatever is due is carried out.

    A server beside us may take the work as well: the leases keep us apart, and what is kept shows either's progress.
    """
    services = portside.services
    workers = Workers(services.shift, services.runner, portside.settings.worker_threads, portside.stopping)
    try:
        yield workers.tick
    finally:
        portside.stopping.set()
        workers.wait(_LAST_PAGE_SECONDS)


def follow(
    tick: Callable[[], None],
    look: Callable[[], tuple[list[str], bool]],
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Work until ``look`` says that all is over; the lines that it gives are shown.

    They are rewritten on a terminal, and printed when something changes elsewhere.
    """
    terminal = sys.stdout.isatty()
    lines: list[str] = []
    while True:
        try:
            tick()
            fresh, over = look()
        except (Conflict, Unavailable) as error:
            click.echo(f"portside: {error} Trying again.", err=True)
        else:
            _show(lines, fresh, terminal)
            if over:
                return
            lines = fresh
        pause(LOOK_SECONDS)


def bar(share: float) -> str:
    """A bar that is full to this share."""
    full = round(share * _BAR)
    return "█" * full + "·" * (_BAR - full)


def _show(before: Sequence[str], now: Sequence[str], terminal: bool) -> None:
    if terminal:
        back = f"\033[{len(before)}A" if before else ""
        click.echo(back + "".join(f"\033[K{line}\n" for line in now), nl=False)
        return
    for old, line in zip(before or [""] * len(now), now, strict=True):
        if line != old:
            click.echo(line)
