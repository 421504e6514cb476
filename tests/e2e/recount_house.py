"""A house to be recounted: users whose first syncs are over, and the data that all of it should be made of."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.shopify.shops import Shops
from entrypoints.simulator.shopify.stores import ShopifyStore
from entrypoints.simulator.store import Store
from tests.e2e import recount, recount_stores
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until
from tests.e2e.recount import STORE_FRONTS, Sale
from tests.e2e.recount_stock import Position, Shelf, demand

#: Long enough for both changes of the clock, wherever there are any, in a period and in the one before.
DAYS = 400
#: Users, and which of the simulator's sellers are theirs; the last one sells in two regions.
USERS = {"na": (0,), "eu": (1,), "fe": (2, 3)}
ITEMS = "amazon-inventory/items"


@dataclass(frozen=True)
class Synced:
    """A user whose first syncs are over. ``points`` are the reorder points that the user has set since."""

    person: Person
    sellers: tuple[Seller, ...]
    store: Store
    until: datetime
    shop: ShopifyStore
    shops: Shops
    points: dict[Position, int] = field(default_factory=dict)

    @property
    def home(self) -> str:
        return self.fronts[0]

    @property
    def fronts(self) -> tuple[str, ...]:
        """Where they sell on Amazon."""
        return tuple(each for seller in self.sellers for each in seller.marketplace_ids)

    @property
    def currencies(self) -> list[str]:
        """Of Amazon's store fronts."""
        return sorted({STORE_FRONTS[each][1] for each in self.fronts})

    @cached_property
    def orders(self) -> list[Sale]:
        """All orders on Amazon, cancelled ones too; those without a marketplace are their own seller's at home."""
        return [sale for seller in self.sellers for sale in self.orders_of(seller)]

    def orders_of(self, seller: Seller) -> list[Sale]:
        return recount.booked(self.store.orders(seller.id, self.until), seller.marketplace_ids[0])

    @cached_property
    def channels(self) -> dict[str, list[Sale]]:
        """What was sold, by channel, in the order in which they are shown."""
        sold = recount_stores.sales(self.shops.orders(self.shop, self.until), self.shop)
        return {"amazon": [sale for sale in self.orders if sale.counts], "shopify": sold}

    @cached_property
    def connections(self) -> dict[str, str]:
        """By store front, the id of the connection that it belongs to."""
        ids = {
            each["seller_id"]: each["id"] for each in self.person.get("/api/v1/amazon/connections")["items"]
        }
        return {front: ids[seller.id] for seller in self.sellers for front in seller.marketplace_ids}

    @property
    def shelf(self) -> Shelf:
        """The stock as it is, with the user's own reorder points."""
        return Shelf(self.store, self.sellers, self.until, self.points)

    def items(self, last: date, only: str | None = None) -> dict[Position, dict[str, Any]]:
        """The list of the stock, as it must be told on that day."""
        return {
            place: {**item, "connectionId": self.connections[item["marketplaceId"]]}
            for place, item in self.shelf.items(demand(self.orders, last), only).items()
        }

    def stock(self, last: date, only: str | None = None) -> dict[str, int]:
        """The stock in sums, as it must be told on that day."""
        return self.shelf.sums(demand(self.orders, last), only)

    def stock_counted(self, moment: datetime, then: date) -> dict[str, int] | None:
        """What a count at that moment has kept, if it was no later than ``then``: the sums of each seller's own day,
        without the reorder points that were set afterwards.
        """
        whole: dict[str, int] = {}
        for seller in self.sellers:
            day = recount.today(seller.marketplace_ids[0], moment)
            if day > then:
                return None
            sold = demand(self.orders_of(seller), day)
            for name, value in Shelf(self.store, (seller,), self.until).sums(sold).items():
                whole[name] = whole.get(name, 0) + value
        return whole

    def set_point(self, sku: str, point: int | None, only: str | None = None) -> dict[str, Any]:
        """Set the user's own reorder point, or take it back; in all stocks, or in that of one marketplace."""
        path = f"/api/v1/dashboard/{ITEMS}/{quote(sku, safe='')}/reorder-point"
        params = {} if only is None else {"marketplaceId": only}
        answer = self.person.ask("PUT", path, params=params, json={"reorderPoint": point})
        assert answer.ok, answer.text
        for place in [each for each in self.shelf.positions(only) if each[1] == sku]:
            if point is None:
                self.points.pop(place, None)
            else:
                self.points[place] = point
        found: dict[str, Any] = answer.json()["data"]
        return found

    def wait_for_the_store(self) -> None:
        """Wait until as many orders of it are there as count."""
        expected = len(self.channels["shopify"])
        last = self.until.date() + timedelta(days=1)
        span = recount.days(recount.last_days(DAYS + 4, last))

        def there() -> int:
            told = [
                self.person.dashboard("channel-performance", span | {"currency": currency})
                for currency in {self.shop.currency, self.shop.other_currency or self.shop.currency}
            ]
            return sum(each["channels"][1]["orders"] for each in told)

        until(lambda: there() == expected, 60, lambda: f"{there()} of {expected} orders are there")


@dataclass(frozen=True)
class House:
    """All users of one Portside. ``counted`` is when the stock was last counted."""

    users: Mapping[str, Synced]
    counted: datetime


@contextmanager
def furnished(url: str, home: Path) -> Iterator[House]:
    """Three users of the same Portside, with all their data there and some reorder points of their own."""
    data_until = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6)
    config = SimulatorConfig(
        orders_per_day=5,
        history_days=DAYS,
        rate_factor=50,
        data_until=data_until,
        report_seconds=0.3,
        seller_count=4,
        stores=recount_stores.STORES,
    )
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(config))
        variables = environment(amazon, url, home, BACKFILL_DAYS=str(DAYS + 2), SHOPIFY_URL=amazon.base_url)
        server = stack.enter_context(Served(variables, home))
        found = {
            name: Synced(
                person=stack.enter_context(Person(server.url)),
                sellers=tuple(config.sellers[number] for number in numbers),
                store=amazon.simulator.store,
                until=data_until,
                shop=shop,
                shops=Shops(config),
            )
            for (name, numbers), shop in zip(USERS.items(), config.stores, strict=True)
        }
        for name, each in found.items():
            each.person.register(f"{name}@portside.example")
            for seller in each.sellers:
                each.person.connect(seller.marketplace_ids[0], seller.id)
            each.person.bring_store(each.shop.shop, each.shop.access_token)
        for each in found.values():
            each.person.wait_for_first_sync()
            each.wait_for_the_store()
        yield House(found, _count_the_stock(found.values()))


def _count_the_stock(users: Iterable[Synced]) -> datetime:
    """Have it counted once more, now that it is known what was sold; only then the user's own points are set."""
    # Nothing else is synced: Amazon's own count of 400 days would keep everybody waiting.
    runs = [(each.person, run) for each in users for run in each.person.sync("inventory")]
    for person, run in runs:
        assert person.wait_for(run)["status"] == "succeeded"
    counted = datetime.now(UTC)
    for each in users:
        _set_points(each)
    return counted


def _set_points(synced: Synced) -> None:
    """What would do becomes low, what was low would do; in all stocks of a SKU, or in one; and one is taken back."""
    home, *others = synced.fronts
    items = list(synced.items(recount.today(home, synced.until), others[0]).values())
    enough = [each for each in items if each["status"] == "ok"][:5]
    for number, each in enumerate(enough):
        synced.set_point(each["sku"], each["fulfillable"] + 1, others[0] if number % 2 else None)
    for each in [each for each in items if each["status"] == "low"][:1]:
        synced.set_point(each["sku"], 0)
    synced.set_point(enough[-1]["sku"], None)
