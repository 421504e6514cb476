"""What a store outside Amazon has to offer: a further channel is one adapter of these."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from domain.channels.model import HistoryState, StorePage, StoreWindow
from domain.connections.model import Connection, Store
from domain.orders.model import Order
from domain.tokens.model import AccessToken


class StoreAccounts(Protocol):
    """What a store says of itself."""

    def store(self, connection: Connection) -> Store:
        """Name, currency, time zone, and what the seller has granted.

        Raises:
            ChannelError: any of the gateway's.
        """

    def store_with(self, token: AccessToken, shop: str) -> Store:
        """The same for a store that is not connected yet, with a token lent for this question.

        Raises:
            ChannelError: as above; ReauthorizationRequired where the store does not take the token.
        """


class StoreFeed(Protocol):
    """A store's orders, for background work. No call waits for a limit: UsagePlanEmpty says when to come again."""

    def changes(self, connection: Connection, window: StoreWindow, token: str | None) -> StorePage:
        """One page of what has changed in the window, which stays the same from page to page.

        Raises:
            StalePage: the token is not known any more: start the window again.
            ChannelError: any of the gateway's.
        """

    def begin_history(self, connection: Connection, window: StoreWindow) -> str:
        """Have the store gather all orders placed in the window; returns the name of this work.

        Work on just this window that is under way, or done, is found again instead of begun twice.

        Raises:
            ChannelError: any of the gateway's.
        """

    def history(self, connection: Connection, name: str) -> HistoryState:
        """Where that work stands.

        Raises:
            NotFound: the store does not know it any more.
            ChannelError: any of the gateway's.
        """

    def history_orders(self, connection: Connection, state: HistoryState) -> Iterator[Sequence[Order]]:
        """The orders that were gathered, some hundreds at a time, in an order that stays the same.

        They are read from the network as they are asked for, never whole in memory.

        Raises:
            WrongAnswer: what came is not what ``state`` announced: cut off, or other than orders.
            ChannelError: any of the gateway's.
        """
