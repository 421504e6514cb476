"""A process of Portside's with short leases, of which many work on one connection."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

from adapters.amazon.reports import AmazonReports
from adapters.amazon.store import AmazonSellers
from adapters.sql.work import SqlWork
from domain.acting import in_background
from domain.errors import PortsideError
from domain.sync.shift import Shift
from domain.tokens.access import AccessTokens
from entrypoints import logs
from entrypoints.bootstrap.ads import ads_on
from entrypoints.bootstrap.amazon import Amazon, amazon_on
from entrypoints.bootstrap.desks import services_on
from entrypoints.bootstrap.ground import Ground, ground_for
from entrypoints.bootstrap.shopify import shopify_on
from entrypoints.instance import open_instance
from entrypoints.scheduler.workers import Workers, unless_away
from entrypoints.settings import load_settings
from tests.leases.history import RecordingBook, RecordingWork, Tape

#: What is 15 seconds in earnest.
LEASE = timedelta(seconds=1.2)
#: Longer than LWA takes, shorter than a process is stopped.
CLAIM_SECONDS = 1.2
_TICK_SECONDS = 0.15
_READ_SECONDS = 0.03


@dataclass(frozen=True)
class Post:
    """Where a process works, and on what."""

    variables: Mapping[str, str]
    home: Path
    connection_id: UUID | None = None
    book: type[RecordingBook] = RecordingBook

    @property
    def tape(self) -> Path:
        """What the processes have seen, all together."""
        return self.home / "tape"

    @property
    def log(self) -> Path:
        """What they say."""
        return self.home / "workers.log"


@dataclass(frozen=True)
class RecordingGround(Ground):
    """The ground, where everything that is done under a lease is written down."""

    tape: Tape
    book: type[RecordingBook]

    def work(self) -> SqlWork:
        """A transaction for changes."""
        return RecordingWork(self.engine, self.cipher, self.tape, self._told, book=self.book)


def ground_of(post: Post) -> RecordingGround:
    """The ground at that post."""
    settings = load_settings(post.variables, post.home)
    ground = ground_for(settings, open_instance(settings))
    same = {each.name: getattr(ground, each.name) for each in fields(ground)}
    return RecordingGround(**same, tape=Tape(post.tape), book=post.book)


def main(post: Post) -> None:
    """Work until told to leave."""
    with post.log.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    ground = ground_of(post)
    signal.signal(signal.SIGTERM, lambda _number, _frame: ground.stopping.set())
    logs.configure_logging("text", "INFO")
    amazon = _in_a_hurry(amazon_on(ground), ground)
    services = services_on(
        ground, amazon, [shopify_on(ground, amazon.metering)], ads_on(ground, amazon.metering)
    )
    shift = Shift(ground.work, ground.clock, ground.owner, LEASE)
    runner = replace(services.runner, lease_time=LEASE)
    workers = Workers(shift, runner, 3, ground.stopping, LEASE.total_seconds() / 4)
    assert post.connection_id is not None
    for task in (_reading(ground, post.connection_id), _asking(amazon.tokens, post.connection_id, ground)):
        Thread(target=task, daemon=True).start()
    while not ground.stopping.wait(_TICK_SECONDS):
        unless_away(workers.tick)()
    workers.wait(5)
    os._exit(0)


def _in_a_hurry(amazon: Amazon, ground: Ground) -> Amazon:
    """The same, where claims on tokens run out soon."""
    tokens = replace(amazon.tokens, claim_seconds=CLAIM_SECONDS)
    gateway = replace(amazon.gateway, tokens=tokens)
    return replace(
        amazon,
        tokens=tokens,
        gateway=gateway,
        sellers=AmazonSellers(gateway),
        reports=AmazonReports(gateway, ground.outbound, ground.addresses),
    )


def _reading(ground: RecordingGround, connection_id: UUID) -> Callable[[], None]:
    """Looks into the vault again and again."""

    def read() -> None:
        while not ground.stopping.is_set():
            began = time.monotonic()
            with suppress(PortsideError), in_background(), ground.look() as work:
                found = work.vault.look(connection_id)
                ground.tape.write(
                    kind="read", began=began, version=found.version, refresh_token=found.refresh_token.text
                )
            time.sleep(_READ_SECONDS)

    return read


def _asking(tokens: AccessTokens, connection_id: UUID, ground: RecordingGround) -> Callable[[], None]:
    """Asks for a token again and again, as whoever wants to call Amazon does."""

    def ask() -> None:
        while not ground.stopping.is_set():
            with in_background():
                try:
                    tokens.for_connection(connection_id)
                except PortsideError as error:
                    ground.tape.write(kind="denied", why=str(error))
            Event().wait(_TICK_SECONDS)

    return ask
