"""Days that lack orders, with everything real but the clock: found, fetched again, and complete in the end."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import select

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.lwa import Lwa
from adapters.amazon.reports import AmazonReports
from adapters.amazon.sales import AmazonSalesMetrics
from adapters.amazon.sigv4 import SigV4Signer
from adapters.amazon.sp_api import SpApiWire
from adapters.amazon.store import AmazonOrders, AmazonSellers
from adapters.amazon.wire.order_report import FlatFileOrders
from adapters.http import Outbound
from adapters.memory.buckets import MemoryBuckets
from adapters.sql import tables
from adapters.sql.engine import make_engine, reading
from adapters.sql.work import SqlWork
from adapters.system import SystemStopwatch
from domain.connections.health import Health
from domain.connections.participations import Memberships
from domain.credentials.application import ApplicationClient
from domain.credentials.pace import Pace
from domain.credentials.shelf import SecretShelf
from domain.gateway.call import Gateway
from domain.ledger.keeping import LedgerKeeping
from domain.ledger.model import LedgerDay, Verdict
from domain.marketplaces import MARKETPLACES
from domain.reports.following import Following
from domain.reports.history import History
from domain.reports.model import Purpose, Report
from domain.sync.back_office import BackOffice
from domain.sync.model import Resource
from domain.sync.pull_orders import OrderPuller
from domain.sync.run import Runner
from domain.sync.shift import Shift
from domain.tokens.access import AccessTokens
from domain.tokens.model import RefreshToken
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer
from tests import databases
from tests.fakes.calls import RememberingCallLog, RememberingMeter
from tests.fakes.chance import EvenChance
from tests.fakes.cipher import LabelCipher
from tests.fakes.clock import HeldClock
from tests.fakes.pause import InstantPause
from tests.fakes.roles import ScriptedRoles
from tests.fakes.things import a_connection, a_user

START = datetime(2026, 10, 15, 20, 0, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Shop:
    """A seller of an embedded Amazon whose orders keep arriving, and Portside's background work, on one held clock."""

    def __init__(self, home: Path, outbound: Outbound) -> None:
        self.clock = clock = HeldClock(START)
        config = SimulatorConfig(
            orders_per_day=12, history_days=40, rate_factor=10_000, now=clock.now, report_seconds=5
        )
        self.amazon = SimulatorServer(config)
        seller = config.sellers[0]
        self.seller_id = seller.id
        self.marketplace_id = seller.marketplace_ids[0]
        self.engine = make_engine(databases.sqlite_database(home))
        self.user = a_user()
        self.connection = a_connection(
            self.user, self.marketplace_id, seller_id=seller.id, connected_at=START, participations_at=START
        )
        gateway = self._gateway(config, outbound)
        reports = AmazonReports(gateway, outbound, self._addresses())
        self.shift = Shift(self.work, clock, "shop", timedelta(minutes=5))
        self.runner = Runner(
            work=self.work,
            look=self.look,
            pullers={
                Resource.ORDERS: OrderPuller(AmazonOrders(gateway)),
                Resource.REPORTS: BackOffice(
                    (
                        Following(reports, FlatFileOrders(), self.look, timedelta(seconds=10)),
                        History(self.look, 20),
                        LedgerKeeping(AmazonSalesMetrics(gateway), self.look, 500 * DAY),
                    )
                ),
            },
            memberships=Memberships(self.work, AmazonSellers(gateway), clock),
            health=Health(self.work, clock),
            clock=clock,
            chance=EvenChance(),
            interval=timedelta(minutes=30),
            lease_time=timedelta(minutes=5),
        )
        with self.work() as work:
            work.users.add(self.user, None)
            work.connections.add(self.connection)
            work.vault.keep(
                self.connection.id, RefreshToken(self.amazon.simulator.refresh_token(seller.id)), None
            )
            work.sync.ensure(
                self.connection.id, self.user.id, (Resource.ORDERS, Resource.REPORTS), clock.now()
            )
            work.commit()

    def close(self) -> None:
        self.engine.dispose()

    def work(self) -> SqlWork:
        return SqlWork(self.engine, LabelCipher())

    def look(self) -> SqlWork:
        return SqlWork(self.engine, LabelCipher(), reading=True)

    def live(self, span: timedelta) -> None:
        """Let time pass, and do whatever comes due meanwhile."""
        end = self.clock.now() + span
        while self.clock.now() < end:
            for task in self.shift.claim(10):
                self.runner.run(task, lambda: False)
            with self.look() as work:
                dues = [state.next_run_at for state in work.sync.states(self.user.id)]
            due = min((due for due in dues if due is not None), default=end)
            self.clock.set(min(max(due, self.clock.now()), end))

    def control(self, path: str, **body: object) -> list[str]:
        """Make trouble; returns the orders that it concerns."""
        answer = requests.post(
            f"{self.amazon.base_url}/simulator/orders/{path}",
            json={"seller_id": self.seller_id, **body},
            timeout=10,
        )
        assert answer.ok, answer.text
        return list(answer.json()["order_ids"]) if answer.content else []

    def day(self, ago: int) -> date:
        return MARKETPLACES[self.marketplace_id].day_of(self.clock.now()) - ago * DAY

    def kept(self) -> set[str]:
        """The orders that Portside has."""
        with reading(self.engine) as connection:
            return set(connection.scalars(select(tables.orders.c.order_id)))

    def lines(self) -> list[LedgerDay]:
        with self.look() as work:
            return work.ledger.lines(self.connection.id)

    def verdicts(self) -> dict[date, Verdict]:
        return {line.amazon.day: line.verdict for line in self.lines() if line.settled_at is not None}

    def wrong(self) -> dict[date, Verdict]:
        return {day: verdict for day, verdict in self.verdicts().items() if verdict is not Verdict.AGREES}

    def repairs(self) -> list[Report]:
        with self.look() as work:
            return work.reports.of_purpose(self.connection.id, Purpose.REPAIR)

    def _addresses(self) -> AmazonAddresses:
        return AmazonAddresses(f"{self.amazon.base_url}/auth/o2/token", f"{self.amazon.base_url}/{{region}}")

    def _gateway(self, config: SimulatorConfig, outbound: Outbound) -> Gateway:
        clock, secrets = self.clock, (config.client_secret,)
        shelf = SecretShelf(self.work, self.look, clock, config.client_id, secrets)
        lwa = Lwa(self._addresses(), outbound, clock)
        tokens = AccessTokens(
            work=self.work,
            look=self.look,
            exchange=ApplicationClient(lwa, shelf, Pace(MemoryBuckets(), clock, EvenChance()), clock),
            clock=clock,
            pause=InstantPause(clock),
            owner="shop",
            claim_seconds=60,
            revoked=lambda _connection_id, _version: None,
        )
        return Gateway(
            wire=SpApiWire(self._addresses(), outbound, clock, SigV4Signer(ScriptedRoles(clock), None)),
            tokens=tokens,
            buckets=MemoryBuckets(),
            clock=clock,
            pause=InstantPause(clock),
            chance=EvenChance(),
            stopwatch=SystemStopwatch(),
            log=RememberingCallLog(),
            meter=RememberingMeter(),
            application=config.client_id,
        )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    outbound = Outbound.with_pool(timeout_seconds=20.0, pool_size=2)
    made = Shop(tmp_path, outbound)
    with made.amazon:
        yield made
    made.close()
    outbound.adapter.close()


def test_a_clean_store_in_which_orders_keep_arriving_raises_no_alarm(shop: Shop) -> None:
    alarms = []

    for _round in range(8):
        shop.live(6 * HOUR)
        alarms += [day for day, verdict in shop.wrong().items() if verdict.is_incomplete]

    assert alarms == []
    assert shop.repairs() == []
    assert set(shop.verdicts().values()) == {Verdict.AGREES}
    assert len(shop.verdicts()) >= 20


def test_a_day_that_was_lost_everywhere_is_found_and_complete_when_it_is_told_at_last(shop: Shop) -> None:
    day = shop.day(8)
    lost = shop.control("hide", day=day.isoformat(), marketplace_id=shop.marketplace_id)

    shop.live(2 * HOUR)
    found = shop.wrong()
    shop.control("show")
    shop.live(DAY + 6 * HOUR)

    assert len(lost) > 3
    assert found == {day: Verdict.GAP}
    assert shop.wrong() == {}
    assert set(shop.verdicts().values()) == {Verdict.AGREES}


def test_a_page_that_the_search_lost_is_found_and_fetched_by_reports(shop: Shop) -> None:
    shop.live(2 * HOUR)
    away_since = shop.clock.now()
    shop.clock.advance(DAY)  # nobody works, and orders go on arriving
    lost = shop.control("hide", page=1, since=away_since.isoformat(), **{"from": ["searchOrders"]})
    missed = set(lost) - shop.kept()

    shop.live(2 * DAY)

    assert len(missed) > 3
    assert missed <= shop.kept()
    assert shop.repairs() != []
    assert set(shop.verdicts().values()) == {Verdict.AGREES}


def test_orders_that_the_search_tells_late_or_never_are_fetched_by_reports(shop: Shop) -> None:
    shop.control("late", share=0.3, minutes=10 * 24 * 60)
    shop.live(2 * DAY)
    repaired = {report.request.start for report in shop.repairs()}
    shop.control("show")
    shop.live(DAY)

    told = {line.amazon.day: (line.amazon, line.ours) for line in shop.lines() if line.settled_at}
    assert repaired != set()
    assert all(amazon.orders > 0 for amazon, _ours in told.values())
    assert not any(verdict.is_incomplete for verdict in shop.verdicts().values())
