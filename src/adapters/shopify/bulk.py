"""A store's history: Shopify gathers it by itself, and gives it out as one long file.

Source: shopify.dev, "Perform bulk operations with the GraphQL Admin API", ``BulkOperation``.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.http import LONGEST_READING, Outbound
from adapters.packing import unpacked
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.answers import SHOPIFY, Question
from adapters.shopify.graphql import ShopifyGraphQL, named_shopify
from adapters.shopify.wire.orders import FIELDS, order
from adapters.shopify.wire.reading import (
    required_child,
    required_count,
    required_list,
    required_moment,
    required_text,
    text,
)
from domain.channels.model import HistoryStage, HistoryState, StoreWindow
from domain.clock import Clock
from domain.connections.model import Connection
from domain.errors import NotFound, UpstreamFailed, UpstreamRefused, UsagePlanEmpty, WrongAnswer
from domain.gateway.ports import Json
from domain.orders.model import Order

#: So many lines of the file make a step.
_BATCH = 500
_LONGEST_LINE = 2**20
#: Results can be fetched for seven days: what is older is not taken up again.
_TAKEN_UP = timedelta(days=6)
#: Five may be under way for one app and store; who finds no place looks again.
_LOOK_AGAIN = timedelta(minutes=1)
_FAR_SIDE = "Shopify's store of results"
_GOING_ON = {"CREATED", "RUNNING", "CANCELING"}
_GATHER = """
mutation Gather($query: String!) { bulkOperationRunQuery(query: $query) {
  bulkOperation { id status } userErrors { field message } } }
"""
_LATELY = """
query Lately { bulkOperations(first: 10, sortKey: CREATED_AT, reverse: true) {
  nodes { id status query createdAt } } }
"""
_STATE = """
query State($id: ID!) { node(id: $id) { ... on BulkOperation { id status errorCode objectCount url } } }
"""
_NO_PLACE = re.compile(r"in progress|limit.*reached", re.IGNORECASE)
_REASONS = {
    "ACCESS_DENIED": "the app lacks a scope",
    "INTERNAL_SERVER_ERROR": "it failed inside",
    "TIMEOUT": "it took too long",
}


@dataclass(frozen=True)
class BulkOrders:
    """Has orders gathered, and reads them. ``reading_seconds`` is the most that one file may take."""

    graphql: ShopifyGraphQL
    outbound: Outbound
    addresses: ShopifyAddresses
    clock: Clock
    reading_seconds: float = LONGEST_READING

    def begin(self, connection: Connection, window: StoreWindow) -> str:
        """Have the orders placed in the window gathered; returns Shopify's id of this work.

        Just the same work that is under way, or was done lately, is taken up instead.
        """
        wanted = _query(window)
        known = self._known(connection, wanted)
        if known is not None:
            return known
        question = Question("shopify.bulk", _GATHER, {"query": wanted}, repeatable=False)
        begun = required_child(self.graphql.ask(connection, question).data, "bulkOperationRunQuery")
        for problem in required_list(begun, "userErrors"):
            words = " ".join(required_text(problem, "message").split())[:300]
            if _NO_PLACE.search(words):
                raise UsagePlanEmpty(words, self.clock.now() + _LOOK_AGAIN, channel=SHOPIFY)
            raise UpstreamRefused(f"Shopify does not gather the orders: {words}", channel=SHOPIFY)
        return required_text(required_child(begun, "bulkOperation"), "id")

    def state(self, connection: Connection, name: str) -> HistoryState:
        """Where that work stands.

        Raises:
            NotFound: Shopify does not know it any more.
        """
        question = Question("shopify.bulk_state", _STATE, {"id": name})
        data = self.graphql.ask(connection, question).data
        if data.get("node") is None:
            raise NotFound("Shopify does not know any more that it was asked for the orders.")
        node = required_child(data, "node")
        status, address = required_text(node, "status"), text(node, "url")
        records = required_count(node, "objectCount")
        if status in _GOING_ON:
            return HistoryState(HistoryStage.UNDER_WAY, records)
        if status == "COMPLETED":
            if address is None and records:
                raise WrongAnswer("Shopify has gathered orders, and does not say where.", channel=SHOPIFY)
            return HistoryState(HistoryStage.DONE, records, address)
        code = text(node, "errorCode") or status
        return HistoryState(HistoryStage.FAILED, records, None, _REASONS.get(code, code.lower()))

    def orders(self, connection: Connection, state: HistoryState) -> Iterator[Sequence[Order]]:
        """The orders, as they are read from the file; how many lines it has is compared at its end."""
        if state.address is None:
            return
        if not self.addresses.may_hold_results(state.address):
            raise WrongAnswer(
                "Shopify names an address for the orders that is not one of its own.", channel=SHOPIFY
            )
        with named_shopify():
            yield from self._read(state.address, state.records, connection.seller_id)

    def _read(self, address: str, announced: int, shop: str) -> Iterator[Sequence[Order]]:
        """No token goes along: the address opens the door by itself."""
        lines, batch = 0, list[Order]()
        with self.outbound.stream(address, _FAR_SIDE, longest_seconds=self.reading_seconds) as stream:
            if stream.status != 200:
                raise UpstreamFailed(f"{_FAR_SIDE} answered {stream.status}.")
            for line in _lines(unpacked(stream.pieces)):
                lines += 1
                found = order(_object(line), shop)
                if found is not None:
                    batch.append(found)
                if len(batch) >= _BATCH:
                    yield batch
                    batch = []
        if batch:
            yield batch
        if lines != announced:
            raise WrongAnswer(f"Shopify announced {announced} orders, and its file has {lines}.")

    def _known(self, connection: Connection, wanted: str) -> str | None:
        question = Question("shopify.bulk_state", _LATELY, {})
        data = self.graphql.ask(connection, question).data
        for node in required_list(required_child(data, "bulkOperations"), "nodes"):
            usable = required_text(node, "status") in {"CREATED", "RUNNING", "COMPLETED"}
            fresh = self.clock.now() - required_moment(node, "createdAt") < _TAKEN_UP
            if usable and fresh and _same(text(node, "query") or "", wanted):
                return required_text(node, "id")
        return None


def _query(window: StoreWindow) -> str:
    """Only times of our own go into this text; there are no variables in it, as Shopify has it."""
    times = f"created_at:>='{_z(window.after)}' created_at:<'{_z(window.before)}'"
    return f'{{ orders(query: "{times}") {{ edges {{ node {{ {FIELDS} }} }} }} }}'


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Line by line, never more than one of them whole in memory."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
        if len(rest) > _LONGEST_LINE:
            raise WrongAnswer("A line of Shopify's file has no end.")
    if rest.strip():
        yield rest


def _object(line: bytes) -> Json:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise WrongAnswer("Shopify's file of orders breaks off, or is not JSON.") from error
    if not isinstance(found, dict):
        raise WrongAnswer("Shopify's file holds something else than orders.")
    return found


def _z(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
