"""Shipments to Amazon with what has been received of them: asked for when somebody wants to know, and not synced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from domain.clock import Clock
from domain.connections.catalog import alive
from domain.connections.model import Connection
from domain.errors import InvalidInput, NotFound, PortsideError, UpstreamFailed
from domain.products.asking import Codec, Questions, Turns
from domain.products.model import (
    UNFINISHED,
    FullShipment,
    Shipment,
    ShipmentItem,
    ShipmentPage,
    ShipmentSearch,
    ShipmentStatus,
)
from domain.products.place import marketplace_of
from domain.products.ports import InboundFeed

#: A listing that does not end after so many pages is too large for one request.
LARGEST_LISTING = 50
#: Two calls a second are admitted, and each takes some tenths of one.
_AT_ONCE = 2
_NARROW = "choose fewer with status, or a later updated_after"

Row = TypeVar("Row")
Shipments = tuple[Shipment, ...]
Items = tuple[ShipmentItem, ...]


def _encode_shipments(answer: Shipments) -> object:
    return [[one.shipment_id, one.name, one.status, one.destination] for one in answer]


def _decode_shipments(kept: object) -> Shipments:
    return tuple(Shipment(*one) for one in cast(list[list[Any]], kept))


def _encode_items(answer: Items) -> object:
    return [[one.sku, one.shipped, one.received] for one in answer]


def _decode_items(kept: object) -> Items:
    return tuple(ShipmentItem(*one) for one in cast(list[list[Any]], kept))


SHIPMENTS: Codec[Shipments] = Codec("inbound-shipments/1", _encode_shipments, _decode_shipments)
ITEMS: Codec[Items] = Codec("inbound-items/1", _encode_items, _decode_items)


@dataclass(frozen=True)
class Inbound:
    """Answers of the Fulfillment Inbound API, kept for a while: the listing, and each shipment's items.

    Items are asked for shipment by shipment. Amazon's listing of all items by date names only those that have changed,
    so a shipment read from it could lack some without a sign.
    """

    feed: InboundFeed
    shipments: Questions[Shipments]
    items: Questions[Items]
    turns: Turns
    clock: Clock

    def search(
        self,
        connection: Connection,
        search: ShipmentSearch,
        *,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[FullShipment]:
        """The shipments with their items, by their ids: complete, or an error.

        Without statuses and a date: those that are not closed, cancelled or deleted. Amazon promises no order, and its
        listing may be read anew between two pages: by id, neither loses a shipment nor tells it twice.

        Args:
            connection: In whose name.
            search: Which ones.
            after: Only those behind this id, which need not be there any more.
            limit: Only so many. Items are asked for of these alone: that takes a call for each, and the plan admits two
                a second.

        Raises:
            InvalidInput: the marketplace is not of the connection's region, the date is in the future, or the listing
                is too long.
            RateLimited: there are more than one request may ask for; the next one goes on from there.
            ChannelError, NotConfigured, KeyUnavailable: any of the gateway's.
        """
        marketplace_of(alive(connection), search.marketplace_id)
        if search.updated_after is not None and search.updated_after >= self.clock.now():
            raise InvalidInput({"updated_after": "is in the future"})
        found = sorted(self._shipments(connection, search), key=lambda one: one.shipment_id)
        shipments = [one for one in found if after is None or one.shipment_id > after][:limit]
        items = self._items(connection, search.marketplace_id, shipments)
        return [FullShipment(shipment, items[shipment.shipment_id]) for shipment in shipments]

    def _shipments(self, connection: Connection, search: ShipmentSearch) -> Shipments:
        wanted = search.statuses
        if search.updated_after is None:
            wanted = wanted or UNFINISHED
            search = ShipmentSearch(search.marketplace_id, wanted)
        names = sorted(status.value for status in wanted)
        since = search.updated_after.isoformat() if search.updated_after else ""
        # By date, Amazon names shipments of all statuses: one listing serves every choice of them.
        key_names = [] if since else names
        key = SHIPMENTS.key(connection, search.marketplace_id, since, *key_names)
        found = self.shipments.answer(key, lambda: self._listing(connection, search))
        return tuple(one for one in found if not names or one.status in names)

    def _listing(self, connection: Connection, search: ShipmentSearch) -> Shipments:
        now = self.clock.now()

        def page(token: str | None) -> tuple[Shipments, str | None]:
            found: ShipmentPage = self.feed.shipments(connection, search, now, token)
            return found.shipments, found.next_token

        # A shipment that changes meanwhile may come twice: the later one counts.
        return tuple({one.shipment_id: one for one in _all_pages(page)}.values())

    def _items(
        self, connection: Connection, marketplace_id: str, shipments: Sequence[Shipment]
    ) -> dict[str, Items]:
        by_key = {ITEMS.key(connection, one.shipment_id): one for one in shipments}

        def items_of(key: str) -> Items:
            shipment = by_key[key]

            def page(token: str | None) -> tuple[Items, str | None]:
                found = self.feed.items(connection, marketplace_id, shipment.shipment_id, token)
                return found.items, found.next_token

            try:
                return tuple(_all_pages(page))
            except NotFound as error:
                return _unknown_items(shipment, error)

        def ask(keys: Sequence[str]) -> dict[str, Items | PortsideError]:
            return dict(zip(keys, self.turns.each(keys, items_of, _AT_ONCE), strict=True))

        found: dict[str, Items] = {}
        for key, items in self.items.answers(by_key, ask).items():
            if isinstance(items, PortsideError):
                raise items
            found[by_key[key].shipment_id] = items
        return found


def _unknown_items(shipment: Shipment, cause: NotFound) -> Items:
    """What was given up may be listed when its items are gone already; of anything else they have to be there."""
    if shipment.status in (ShipmentStatus.CANCELLED, ShipmentStatus.DELETED):
        return ()
    raise UpstreamFailed(
        f"Amazon lists shipment {shipment.shipment_id}, but does not know its items: try again."
    ) from cause


def _all_pages(page: Callable[[str | None], tuple[tuple[Row, ...], str | None]]) -> list[Row]:
    """The rows of all pages, to the proven end.

    Raises:
        UpstreamFailed: the pages go round in circles.
        InvalidInput: there are too many.
    """
    rows: list[Row] = []
    seen: set[str] = set()
    token: str | None = None
    for _ in range(LARGEST_LISTING):
        found, token = page(token)
        rows.extend(found)
        if token is None:
            return rows
        if token in seen:
            raise UpstreamFailed("Amazon's pages of shipments go round in circles: try again.")
        seen.add(token)
    raise InvalidInput({"status": f"more than {LARGEST_LISTING} pages of shipments: {_NARROW}"})
