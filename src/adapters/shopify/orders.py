"""A store's orders: what has changed, page by page; history is gathered by Shopify itself (``bulk``).

Source: shopify.dev, GraphQL Admin API, ``orders``; "Shopify API search syntax".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.shopify.answers import SHOPIFY, Question, TooDear
from adapters.shopify.bulk import BulkOrders
from adapters.shopify.graphql import Reply, ShopifyGraphQL
from adapters.shopify.wire.orders import FIELDS, order_page
from domain.channels.model import HistoryState, StorePage, StoreWindow
from domain.connections.model import Connection
from domain.errors import StalePage, UpstreamRefused, WrongAnswer
from domain.orders.model import Order

#: Some tens of points, out of a bucket of two thousand; where it is dearer, pages become smaller.
PAGE_SIZE = 100
#: Beyond 25,000 it lists nothing. Source: shopify.dev, "GraphQL Admin API rate limits".
MOST_LISTED = 25_000 - 250
_TEXT = (
    "query Orders($filter: String!, $first: Int!, $after: String) { "
    "orders(first: $first, after: $after, query: $filter, sortKey: UPDATED_AT) { "
    f"nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)


@dataclass(frozen=True)
class ShopifyOrders:
    """See ``domain.channels.ports.StoreFeed``."""

    graphql: ShopifyGraphQL
    bulk: BulkOrders
    _page_sizes: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def changes(self, connection: Connection, window: StoreWindow, token: str | None) -> StorePage:
        """One page of what has changed in the window, the oldest changes first."""
        try:
            reply = self._asked(connection, window, token)
        except TooDear:
            raise
        except UpstreamRefused as error:
            if token is None:
                raise
            # It has no code of its own for a cursor that it does not know any more.
            raise StalePage(str(error), channel=SHOPIFY, request_id=error.request_id) from error
        page = order_page(reply.data, connection.seller_id)
        if any(moment < _second(window.after) for moment in page.changed):
            raise WrongAnswer("Shopify names orders that were not asked for.", channel=SHOPIFY)
        # What was changed while it was listed says so, and does not tell how far the list has come.
        within = [moment for moment in page.changed if moment < window.before]
        return StorePage(
            page.orders,
            page.next_token,
            within[-1] if within else None,
            reply.ready_at,
            page.listed,
        )

    def begin_history(self, connection: Connection, window: StoreWindow) -> str:
        """Have Shopify gather the orders placed in the window."""
        return self.bulk.begin(connection, window)

    def history(self, connection: Connection, name: str) -> HistoryState:
        """Where that work stands."""
        return self.bulk.state(connection, name)

    def history_orders(self, connection: Connection, state: HistoryState) -> Iterator[Sequence[Order]]:
        """The orders that were gathered."""
        return self.bulk.orders(connection, state)

    def _asked(self, connection: Connection, window: StoreWindow, token: str | None) -> Reply:
        """The answer, by smaller pages if Shopify finds them too dear; a cursor is good for pages of any size."""
        shop = connection.seller_id
        while True:
            size = self._page_sizes.get(shop, PAGE_SIZE)
            variables = {"filter": _changed(window), "first": size, "after": token}
            try:
                return self.graphql.ask(connection, Question("shopify.orders", _TEXT, variables))
            except TooDear:
                if size == 1:
                    raise
                self._page_sizes[shop] = size // 2


def _changed(window: StoreWindow) -> str:
    """Times stand in quotes: without, Shopify reads the day only, in the store's zone, and says nothing."""
    return f"updated_at:>='{_z(window.after)}' updated_at:<'{_z(window.before)}'"


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _z(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
