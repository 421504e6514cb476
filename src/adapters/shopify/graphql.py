"""One question to a store's GraphQL Admin API. Nobody ever sleeps here: who has to wait is told until when."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from adapters.http import Outbound, RawAnswer
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.answers import SHOPIFY, Question, Throttled, TokenRefused, decipher, request_id
from adapters.shopify.call_log import StoreCalls
from domain.clock import Clock
from domain.connections.model import Connection
from domain.errors import (
    ChannelError,
    NotConnected,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamTimedOut,
    UsagePlanEmpty,
    WrongAnswer,
)
from domain.gateway.ports import AccessTokenSource, Chance, Json, Stopwatch, UsageMeter
from domain.tokens.model import AccessToken

log = logging.getLogger(__name__)

#: Stable since 2026-10-01; served until 2027-10-16.
API_VERSION = "2026-10"
_FAR_SIDE = "Shopify"
#: In seconds: many who were told to wait don't come back in the same moment.
_JITTER = 1.0


@dataclass(frozen=True)
class Reply:
    """The data that was asked for; ``ready_at``: when the store's bucket holds as much again."""

    data: Json
    ready_at: datetime


@dataclass
class _Memory:
    """What this process has learned: until when a store wants no call, and which versions it was told."""

    closed_until: dict[str, datetime] = field(default_factory=dict)
    versions: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class ShopifyGraphQL:
    """Asks in the name of a connection.

    A refused token is renewed once. What broke is asked once more, at once, if it may be; whoever fails after that comes
    back later.

    Source: shopify.dev, "GraphQL Admin API", "About Shopify API versioning".
    """

    addresses: ShopifyAddresses
    outbound: Outbound
    tokens: AccessTokenSource
    clock: Clock
    chance: Chance
    stopwatch: Stopwatch
    calls: StoreCalls
    meter: UsageMeter
    _memory: _Memory = field(default_factory=_Memory, init=False, repr=False)

    def ask(self, connection: Connection, question: Question) -> Reply:
        """The whole answer.

        Raises:
            NotConnected: the connection is not usable.
            ReauthorizationRequired, KeyUnavailable, NotConfigured, RateLimited: no access token is to be had.
            UsagePlanEmpty: the store's bucket is empty; says when to come again.
            TooDear: a smaller question has to be asked.
            AccessDenied, UpstreamRefused: Shopify said no.
            UpstreamFailed, UpstreamTimedOut: no answer that can be right.
        """
        if not connection.status.usable:
            raise NotConnected("This store's connection can't be used: connect it again.", channel=SHOPIFY)
        self._stay_away(connection.seller_id)
        renewed, attempts = False, count(1)
        while True:
            token = self.tokens.for_connection(connection.id)
            try:
                return self._persistently(connection.seller_id, question, token, connection, attempts)
            except TokenRefused as error:
                self.tokens.refused(connection.id, token)
                if renewed:
                    raise ReauthorizationRequired(
                        "Shopify refuses even a fresh access token: the app was uninstalled, or its access revoked.",
                        channel=SHOPIFY,
                    ) from error
                renewed = True

    def ask_with(self, token: AccessToken, shop: str, question: Question) -> Reply:
        """The same of a store that is not connected yet, with a token that is lent for this question.

        Raises:
            ReauthorizationRequired: the store does not take the token.
            As ``ask``.
        """
        try:
            return self._persistently(shop, question, token, None, count(1))
        except TokenRefused as error:
            raise ReauthorizationRequired(
                "This store does not take the access token.", channel=SHOPIFY
            ) from error

    def _persistently(
        self,
        shop: str,
        question: Question,
        token: AccessToken,
        connection: Connection | None,
        attempts: Iterator[int],
    ) -> Reply:
        try:
            return self._once(shop, question, token, connection, next(attempts))
        except WrongAnswer:
            raise
        except UpstreamFailed as error:
            if not question.repeatable:
                raise
            log.info("asked once more: %s", error, extra={"shop": shop})
            return self._once(shop, question, token, connection, next(attempts))

    def _once(
        self,
        shop: str,
        question: Question,
        token: AccessToken,
        connection: Connection | None,
        attempt: int,
    ) -> Reply:
        answer = self._sent(shop, question, token, connection, attempt)
        self._compare_versions(answer)
        try:
            data, cost = decipher(answer, question)
        except Throttled as error:
            raise self._closed(shop, error.wait) from error
        wait = cost.wait if cost else 0.0
        return Reply(data, self.clock.now() + timedelta(seconds=wait))

    def _sent(
        self,
        shop: str,
        question: Question,
        token: AccessToken,
        connection: Connection | None,
        attempt: int,
    ) -> RawAnswer:
        url = f"{self.addresses.admin(shop)}/api/{API_VERSION}/graphql.json"
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-Shopify-Access-Token": token.text,
        }
        body = json.dumps({"query": question.text, "variables": question.variables}).encode()
        start = self.stopwatch.seconds()
        try:
            with named_shopify():
                answer = self.outbound.send("POST", url, None, headers, body, _FAR_SIDE)
        except ChannelError as error:
            seconds = self.stopwatch.seconds() - start
            self.calls.failed(question.name, shop, connection, type(error).__name__, seconds, attempt)
            if connection is not None and type(error) in (UpstreamFailed, UpstreamTimedOut):
                self.meter.count(connection, question.name, "POST", None)
            raise
        seconds = self.stopwatch.seconds() - start
        self.calls.answered(
            question.name, shop, connection, answer.status, seconds, attempt, request_id(answer)
        )
        if connection is not None:
            self.meter.count(connection, question.name, "POST", _counted_status(answer))
        return answer

    def _stay_away(self, shop: str) -> None:
        until = self._memory.closed_until.get(shop)
        if until is None:
            return
        if until > self.clock.now():
            raise _empty(until)
        self._memory.closed_until.pop(shop, None)

    def _closed(self, shop: str, wait: float) -> UsagePlanEmpty:
        pause = wait + self.chance.between(0.1, _JITTER)
        until = self.clock.now() + timedelta(seconds=pause)
        self._memory.closed_until[shop] = until
        return _empty(until)

    def _compare_versions(self, answer: RawAnswer) -> None:
        version = answer.headers.get("x-shopify-api-version", API_VERSION)[:20]
        if version != API_VERSION and version not in self._memory.versions:
            self._memory.versions.add(version)
            log.warning(
                "shopify answers with another version of its API than was asked for: it is no longer served, or not yet",
                extra={"asked": API_VERSION, "answered": version},
            )


@contextmanager
def named_shopify() -> Iterator[None]:
    """Whatever the way out says of a far side, it says of Shopify."""
    try:
        yield
    except ChannelError as error:
        if error.channel == SHOPIFY:
            raise
        named: Callable[..., ChannelError] = type(error)
        raise named(str(error), channel=SHOPIFY) from error.__cause__


def _empty(until: datetime) -> UsagePlanEmpty:
    return UsagePlanEmpty("Shopify's limit for this store is used up for now.", until, channel=SHOPIFY)


def _counted_status(answer: RawAnswer) -> int:
    """Shopify throttles with a 200: it counts as what it is."""
    return 429 if answer.status == 200 and b'"THROTTLED"' in answer.body[:4096] else answer.status
