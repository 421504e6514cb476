"""A trial: some processes work on one connection while they are harmed, and what came of it."""

import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, delete, select

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from domain.acting import acting_for, in_background
from domain.connections.model import Connection, ConnectionId
from domain.connections.self_authorised import Brought
from domain.sync.model import Resource
from domain.tokens.model import RefreshToken
from domain.users.access import Registration
from domain.users.model import Visitor
from entrypoints.bootstrap.ads import ads_on
from entrypoints.bootstrap.amazon import amazon_on
from entrypoints.bootstrap.desks import services_on
from entrypoints.bootstrap.shopify import shopify_on
from entrypoints.simulator.orders import StoreOrder
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from tests.e2e.processes import environment, until
from tests.leases.checker import of_subject, takeovers
from tests.leases.history import TOKENS, Entry, RecordingBook, history, lines, make_history
from tests.leases.nemesis import ALL_KINDS, Habits, Nemesis
from tests.leases.rotating_lwa import Asked, rotating_lwa
from tests.leases.worker import LEASE, Post, RecordingGround, ground_of

#: Tokens are good for a call until a minute before their end: these for a second.
_LIFE_SECONDS = 61
_QUIET_SECONDS = 40
#: How many days of orders there are.
HISTORY_DAYS = 3
#: What is worked on.
RESOURCES = (Resource.ORDERS.value, Resource.REPORTS.value)
SUBJECTS = (*RESOURCES, TOKENS)


@dataclass(frozen=True)
class Course:
    """What was done so far."""

    entries: list[Entry]
    tape: list[dict[str, Any]]
    harm: Counter[str]

    def of(self, subject: str) -> list[Entry]:
        """What concerns one resource, or the tokens."""
        return of_subject(self.entries, subject)

    @property
    def taken_over(self) -> dict[str, int]:
        """How often something was taken that nobody had given back, by what it was."""
        return {subject: takeovers(self.of(subject)) for subject in SUBJECTS}

    @property
    def renewals(self) -> list[Entry]:
        """The tokens that were kept, one after the other."""
        return [entry for entry in self.of(TOKENS) if entry.kind == "renew"]

    @property
    def refused(self) -> int:
        """How many commits were refused, since the lease or the claim was lost."""
        return sum(line["kind"] == "refused" for line in self.tape)

    @property
    def reads(self) -> list[dict[str, Any]]:
        """What the processes have read of the tokens."""
        return [line for line in self.tape if line["kind"] == "read"]


def much(course: Course) -> bool:
    """There was harm of each kind; leases were taken over, tokens renewed and late commits refused more than once."""
    harmed = min(course.harm["stop"], course.harm["kill"]) >= 1 and course.harm.total() >= 8
    taken_over = sum(course.taken_over.values()) >= 5
    return harmed and taken_over and len(course.renewals) >= 2 and course.refused >= 2


@dataclass(frozen=True)
class Trial:
    """What is to be tried."""

    name: str
    seed: int
    seconds: float
    processes: int = 5
    habits: Habits = ALL_KINDS
    enough: Callable[[Course], bool] = much
    book: type[RecordingBook] = RecordingBook
    to_the_end: bool = True  # when nobody harms it any more, it has to come to its end


@dataclass(frozen=True)
class Outcome(Course):
    """What came of it."""

    told: str
    asked: list[Asked]
    first: tuple[int, str]  # version and refresh token of the row before it began
    last: tuple[int, str]
    resources: dict[str, tuple[int, dict[str, Any]]]  # epoch and cursor at the end
    status: str
    orders: list[tuple[object, ...]]
    true_orders: list[StoreOrder]


def tried(trial: Trial, amazon: SimulatorServer, seller: Seller, url: str, home: Path) -> Outcome:
    """All of it, to the end."""
    chance = random.Random(trial.seed)
    root = amazon.simulator.refresh_token(seller.id)
    with ExitStack() as stack:
        behind = f"{amazon.base_url}/auth/o2/token"
        lwa = stack.enter_context(rotating_lwa(behind, root, _LIFE_SECONDS, random.Random(trial.seed)))
        post = Post(_variables(amazon, url, home, lwa.url), home, book=trial.book)
        engine = make_engine(url)
        stack.callback(engine.dispose)
        make_history(engine)
        with _ground(post) as ground:
            connection = _connected(ground, seller, root)
            _without_stock(engine)
            first, before = _tokens(ground, connection.id), len(lwa.asked)
            post = replace(post, connection_id=connection.id)
            rounds = _Rounds(ground, engine, connection)

            def course() -> Course:
                return Course(history(engine), lines(post.tape), nemesis.done)

            nemesis = Nemesis(
                post, trial.processes, LEASE.total_seconds(), chance, trial.habits, lambda: _holders(engine)
            )
            try:
                nemesis.start()
                rounds.await_begin(post)
                nemesis.rage(trial.seconds, lambda: trial.enough(course()), rounds.again)
                nemesis.calm()
                if trial.to_the_end:
                    rounds.await_end(amazon, seller, post)
            finally:
                nemesis.end()
            there = course()
            return Outcome(
                entries=there.entries,
                tape=there.tape,
                harm=there.harm,
                told=_told(trial, nemesis, there, home),
                asked=lwa.asked[before:],
                first=first,
                last=_tokens(ground, connection.id),
                resources=rounds.states(),
                status=_status(engine, connection.id),
                orders=_orders(engine),
                true_orders=_true_orders(amazon, seller),
            )


def _variables(amazon: SimulatorServer, url: str, home: Path, lwa_url: str) -> dict[str, str]:
    return environment(
        amazon,
        url,
        home,
        LWA_TOKEN_URL=lwa_url,
        SYNC_INTERVAL_MINUTES="1",
        SYNC_ALLOW_FAST="true",
        HTTP_TIMEOUT_SECONDS="8",
        BACKFILL_DAYS=str(HISTORY_DAYS + 2),
        RETENTION_DAYS="60",
    )


@contextmanager
def _ground(post: Post) -> Iterator[RecordingGround]:
    ground = ground_of(post)
    try:
        with in_background():
            yield ground
    finally:
        ground.engine.dispose()


def _connected(ground: RecordingGround, seller: Seller, refresh_token: str) -> Connection:
    amazon = amazon_on(ground)
    services = services_on(
        ground, amazon, [shopify_on(ground, amazon.metering)], ads_on(ground, amazon.metering)
    )
    visitor = Visitor("127.0.0.1")
    user = services.access.register(
        Registration("seller@portside.example", "a long enough password"), visitor
    )
    brought = Brought(seller.id, RefreshToken(refresh_token), seller.marketplace_ids[:1])
    with acting_for(user.id):
        return services.self_authorised.connect(user, visitor, brought).connection


def _without_stock(engine: Engine) -> None:
    """Orders and reports are enough to do."""
    row = tables.sync_resources.c
    with writing(engine, owning=True) as database:
        database.execute(delete(tables.sync_resources).where(row.resource == Resource.INVENTORY.value))


def _tokens(ground: RecordingGround, connection_id: ConnectionId) -> tuple[int, str]:
    with ground.look() as work:
        found = work.vault.look(connection_id)
    return found.version, found.refresh_token.text


@dataclass
class _Rounds:
    """Sees to it that there is always something to do."""

    ground: RecordingGround
    engine: Engine
    connection: Connection
    turn: int = 0

    def await_begin(self, post: Post) -> None:
        """Until somebody works."""
        until(lambda: bool(history(self.engine)), 45, lambda: _tail(post), pause=0.05)

    def again(self) -> None:
        """What has come to its end begins anew: the orders from their beginning."""
        soon = datetime.now(UTC) + timedelta(seconds=1)
        row = tables.sync_resources.c
        idle = (row.lease_owner.is_(None), (row.next_run_at > soon) | row.next_run_at.is_(None))
        with reading(self.engine, owning=True) as database:
            resources = [Resource(name) for name in database.scalars(select(row.resource).where(*idle))]
        if resources:
            self._begin(resources)

    def await_end(self, amazon: SimulatorServer, seller: Seller, post: Post) -> None:
        """The orders once more from their beginning to the end; and everything that reports bring."""
        self._begin([Resource.ORDERS])
        begun = len(history(self.engine))
        count = len(_true_orders(amazon, seller))

        def over() -> bool:
            ended = any(
                entry.kind == "finish" and entry.subject == Resource.ORDERS
                for entry in history(self.engine)[begun:]
            )
            if ended:
                self._push_reports()
            else:
                self.again()  # on a busy machine leases run out by themselves, so often that work is set aside
            return ended and len(_orders(self.engine)) >= count

        until(over, _QUIET_SECONDS, lambda: f"{len(_orders(self.engine))} of {count} orders\n{_tail(post)}")

    def states(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """Epoch and cursor of each resource."""
        row = tables.sync_resources.c
        with reading(self.engine, owning=True) as database:
            found = database.execute(select(row.resource, row.lease_epoch, row.cursor))
            return {resource: (epoch, cursor) for resource, epoch, cursor in found}

    def _push_reports(self) -> None:
        now = datetime.now(UTC)
        with self.ground.work() as work:
            work.sync.ensure(self.connection.id, self.connection.user_id, [Resource.REPORTS], now)
            work.commit()

    def _begin(self, resources: list[Resource]) -> None:
        now = datetime.now(UTC)
        with self.ground.work() as work:
            for resource in resources:
                if resource is Resource.ORDERS:
                    work.sync.restart(self.connection.id, resource, now)
                else:
                    work.sync.ensure(self.connection.id, self.connection.user_id, [resource], now)
            work.commit()


def _holders(engine: Engine) -> list[str]:
    row, token = tables.sync_resources.c, tables.tokens.c
    with reading(engine, owning=True) as database:
        held = database.scalars(select(row.lease_owner).where(row.lease_owner.is_not(None))).all()
        claimed = database.scalars(select(token.claim_owner).where(token.claim_owner.is_not(None))).all()
    return [*held, *claimed]


def _status(engine: Engine, connection_id: UUID) -> str:
    row = tables.connections.c
    with reading(engine, owning=True) as database:
        return str(database.scalar(select(row.status).where(row.id == connection_id)))


def _orders(engine: Engine) -> list[tuple[object, ...]]:
    row = tables.orders.c
    with reading(engine, owning=True) as database:
        found = database.execute(select(row.order_id, row.status, row.total_minor, row.units))
        return sorted(tuple(each) for each in found)


def _true_orders(amazon: SimulatorServer, seller: Seller) -> list[StoreOrder]:
    config = amazon.simulator.config
    return [
        order
        for order in amazon.simulator.store.orders(seller.id, config.data_until)
        # What was sold elsewhere than on Amazon is of no marketplace.
        if (order.marketplace_id or order.home_marketplace_id) == seller.marketplace_ids[0]
    ]


def _told(trial: Trial, nemesis: Nemesis, course: Course, home: Path) -> str:
    kinds = Counter(f"{entry.subject} {entry.kind}" for entry in course.entries)
    told = (
        f"{trial.name}: seed {trial.seed}, harm {dict(nemesis.done)}, taken over {course.taken_over},"
        f" {course.refused} refused, {dict(kinds)}; logs in {home}"
    )
    sys.stdout.write(f"{told}\n")
    return told


def _tail(post: Post) -> str:
    return post.log.read_text(errors="replace")[-6000:] if post.log.exists() else "nobody has said a word"


def seconds_wanted(usual: float) -> float:
    """How long processes are harmed; ``PORTSIDE_LEASES_SECONDS`` says otherwise."""
    return float(os.environ.get("PORTSIDE_LEASES_SECONDS", usual))
