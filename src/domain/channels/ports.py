"""What a store outside Amazon has to offer: a further channel is one adapter of these."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from domain.channels.model import HistoryState, StorePage, StoreWindow
from domain.connections.model import Connection, Grant, Store
from domain.orders.model import Order
from domain.tokens.model import AccessToken, LwaClient


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


class StorePages(Protocol):
    """Where a store's owner gives consent."""

    def url(self, shop: str, state: str, redirect_uri: str) -> str:
        """The address to send the browser to. Calls nothing.

        Raises:
            NotConfigured: the installation has no application.
        """

    def missing(self) -> tuple[str, ...]:
        """The settings without which no store can be asked for consent."""


class StoreTokens(Protocol):
    """The three ways to a store's tokens. What a grant's refresh token says is for the channel alone to understand."""

    def exchange(self, shop: str, code: str) -> Grant:
        """Trade an authorization code for tokens: one HTTP call, never repeated, since a code works once.

        Raises:
            UpstreamRefused: the code is used, expired or forged.
            NotConfigured: our application is not set, or the store does not know it.
            RateLimited, UpstreamFailed, UpstreamTimedOut: no usable answer.
        """

    def by_client(self, shop: str, client: LwaClient | None) -> Grant:
        """What a client gets by its id and secret alone; ``None``: the installation's application.

        Raises:
            ReauthorizationRequired: the application is not installed in the store.
            ClientRefused: id or secret is wrong, or the store belongs to another organization.
            NotConfigured: the installation has no application.
            UpstreamRefused: there is no such store.
            RateLimited, UpstreamFailed, UpstreamTimedOut: no usable answer.
        """

    def permanent(self, token: str) -> Grant:
        """A grant made of a token that does not run out. Calls nothing: whether it is good, the store knows."""


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
