"""What a store outside Amazon has to offer.

A further channel is one adapter package that does these, a line in ``domain.channels.table``, and a module of its own in the
bootstrap that wires the two; nothing else of the domain, of what is stored or of the figures has to be touched. What knows the
vendor's words and rules is here as well as what calls it.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from domain.channels.model import (
    HistoryLimit,
    HistoryState,
    Message,
    Parameters,
    Returned,
    StorePage,
    StoreWindow,
    StoreWords,
    Told,
)
from domain.connections.model import Connection, Grant, Store
from domain.orders.model import Order
from domain.tokens.model import AccessToken, LwaClient


class StoreTerms(Protocol):
    """What a channel's stores are called, and what follows from what their owners grant. Calls nothing."""

    def shop_named(self, text: str) -> str | None:
        """The store that somebody means, as we keep it; ``None`` for what can't be one.

        A token is sent to the host of that name, so nothing else may pass.
        """

    def may_read_orders(self, scopes: Collection[str]) -> bool:
        """Whether orders may be read at all with what was granted."""

    def history_limit(self, scopes: Collection[str]) -> HistoryLimit | None:
        """What keeps the store from telling of all its orders; ``None``: nothing does."""

    def words(self) -> StoreWords:
        """What the channel calls things."""


class StoreArrivals(Protocol):
    """Browsers that come from the channel's pages, and what they bring along. Calls nothing."""

    def returned(self, parameters: Parameters, now: datetime) -> Returned:
        """What is brought back from a consent, whatever it is: nothing of it is believed yet."""

    def installing(self, parameters: Parameters, now: datetime) -> str:
        """The store in whose admin somebody has just chosen to install our application.

        Raises:
            InvalidInput: the channel has not signed it, or not just now; or knows no such page.
        """


class StoreMessages(Protocol):
    """What the channel tells us by itself. Calls nothing."""

    def read(self, message: Message) -> Told:
        """What it says, once it is known that the channel has said it.

        Raises:
            NotLoggedIn: the channel has not signed it.
            NotFound: nothing that we listen to.
            InvalidInput: it names no store, or is about something else than its topic says.
        """


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
