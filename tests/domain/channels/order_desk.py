"""A store's orders, the puller that fetches them, and what is kept of them: on fakes, turn by turn."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import cast

from adapters.shopify.terms import ShopifyTerms
from domain.channels.history import StoreHistory
from domain.channels.pull_store_orders import StoreOrderPuller
from domain.orders.model import Order
from domain.sync.model import Cursor
from domain.sync.steps import Step
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.stores import MemoryStoreFront, a_store_connection
from tests.fakes.things import NOW, a_user

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Desk:
    """A puller, the store it asks, and what is kept of it."""

    def __init__(self, *orders: Order, reach: timedelta = 90 * DAY) -> None:
        self.front = MemoryStoreFront(list(orders))
        self.clock = HeldClock(NOW)
        self.user = a_user()
        self.connection = a_store_connection(self.user)
        self.kept = MemoryStore()
        self.cursor: Cursor = {}
        with self.work() as work:
            work.users.add(self.user, None)
            work.connections.add(self.connection)
            work.commit()
        self.puller = StoreOrderPuller(
            self.front, self.front, StoreHistory(self.front, ShopifyTerms(), reach)
        )

    def work(self) -> MemoryWork:
        return MemoryWork(self.kept)

    def drawn(self) -> Iterator[Step]:
        """The steps of a run; each is kept with its cursor before the next one is drawn."""
        connection = self.kept.tables.connections[self.connection.id]
        for step in self.puller.steps(connection, self.cursor, self.clock.now):
            with self.work() as work:
                step.save(work)
                work.commit()
            self.cursor = cast(Cursor, json.loads(json.dumps(step.cursor)))
            yield step

    def turn(self) -> list[Step]:
        """One turn of a worker, to its end."""
        return list(self.drawn())

    def run(self) -> list[Step]:
        """Turns until a run is over, waiting as long as it wants."""
        steps = self.turn()
        while not steps[-1].finished:
            assert steps[-1].again_at is not None
            self.clock.set(steps[-1].again_at)
            steps += self.turn()
        return steps

    def settle(self) -> None:
        """Runs at their times until the history is here."""
        last = self.run()[-1]
        while self.history_due() is not None:
            self.clock.set(max(last.next_at or self.clock.now() + 15 * MINUTE, self.clock.now()))
            last = self.run()[-1]

    def history_due(self) -> datetime | None:
        connection = self.kept.tables.connections[self.connection.id]
        return self.puller.history.due_at(connection, self.cursor, self.clock.now())

    def later(self, by: timedelta) -> None:
        self.clock.advance(by)

    def here(self) -> dict[str, Order]:
        """The orders that are kept."""
        return {booked.order.order_id: booked.order for booked in self.kept.tables.orders.values()}

    def days(self) -> dict[str, date]:
        return {booked.order.order_id: booked.day for booked in self.kept.tables.orders.values()}
