"""Bulk operations: a query without pages, gathered in the background, fetched as lines of JSON from an address of its own.

Source: https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from entrypoints.simulator.moments import iso, to_ms
from entrypoints.simulator.shopify.checks import prepared
from entrypoints.simulator.shopify.execution import GraphqlError, Json, Prepared, resolved
from entrypoints.simulator.shopify.language import Selection, Syntax, parsed
from entrypoints.simulator.shopify.schema import SCHEMA, Asking
from entrypoints.simulator.shopify.switches import STAGES, Switchboard
from entrypoints.simulator.tokens import Signer

AT_ONCE = 5
MOST_CONNECTIONS = 5
_ADDRESS_DAYS = 7
_PURPOSE = "shopify bulk"
_LISTED = 10


@dataclass
class Operation:
    """One bulk operation. ``asking`` holds who asked, and the moment."""

    number: int
    asking: Asking
    query: str
    run: Prepared
    grouped: bool
    seconds: float
    fate: str | None
    error: str
    ended_at: datetime | None = None
    _lines: list[str] | None = field(default=None, init=False, repr=False)
    _roots: int = field(default=0, init=False)
    lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def gid(self) -> str:
        return f"gid://shopify/BulkOperation/{self.number}"

    def lines(self) -> list[str]:
        """What was gathered, as it stood when the operation ended."""
        with self.lock:
            if self._lines is None:
                at = self.ended_at or self.asking.at
                asking = replace(self.asking, at=at, bulk=True, search=[])
                nodes = resolved(self.run, asking)
                self._lines = list(_flattened(self.run, nodes, self.grouped))
                self._roots = sum('"__parentId"' not in line for line in self._lines)
            return self._lines

    @property
    def roots(self) -> int:
        self.lines()
        return self._roots


@dataclass
class BulkDesk:
    """Takes bulk operations and knows how far they are; forgets them at a restart."""

    switches: Switchboard
    signer: Signer
    now: Callable[[], datetime]
    default_seconds: float
    _operations: list[Operation] = field(default_factory=list, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def run(self, asking: Asking, arguments: Mapping[str, Any]) -> Json:
        """``bulkOperationRunQuery``: what is wrong with the query stands in ``userErrors``."""
        wrong, run = _checked(str(arguments["query"]))
        if run is None:
            return _payload(None, wrong)
        switches = asking.switches
        seconds = self.default_seconds if switches.bulk_seconds is None else switches.bulk_seconds
        with self._lock:
            mine = [each for each in self._operations if _same(each, asking)]
            if sum(self._stage(each) in STAGES for each in mine) >= AT_ONCE:
                message = "A bulk query operation for this app and shop is already in progress"
                return _payload(None, message, "OPERATION_IN_PROGRESS")
            operation = Operation(
                number=to_ms(asking.at) * 1000 + len(self._operations),
                asking=asking,
                query=str(arguments["query"]),
                run=run,
                grouped=bool(arguments.get("groupObjects")),
                seconds=seconds,
                fate=switches.bulk_fate,
                error=switches.bulk_error,
            )
            self._operations.append(operation)
        return _payload(self._json(operation, asking))

    def cancel(self, asking: Asking, gid: str) -> Json:
        """``bulkOperationCancel``."""
        operation = self._find(asking, gid)
        if operation is None:
            return _payload(None, "Bulk operation does not exist")
        if self._stage(operation) in STAGES:
            operation.fate, operation.ended_at = "CANCELED", self.now()
        return _payload(self._json(operation, asking))

    def current(self, asking: Asking) -> Json | None:
        """The latest operation of this application on this store."""
        mine = [each for each in self._operations if _same(each, asking)]
        return self._json(mine[-1], asking) if mine else None

    def told(self, asking: Asking, gid: str) -> Json | None:
        operation = self._find(asking, gid)
        return None if operation is None else self._json(operation, asking)

    def listed(self, asking: Asking, arguments: Mapping[str, Any]) -> Json:
        """``bulkOperations``, on one page, the newest first; its search is not played, so all of them come."""
        mine = [each for each in self._operations if _same(each, asking)]
        if not arguments.get("reverse"):
            mine.reverse()
        page = mine[: int(arguments.get("first") or arguments.get("last") or _LISTED)]
        edges = [{"cursor": str(each.number), "node": self._json(each, asking)} for each in page]
        info: Json = {"hasNextPage": len(mine) > len(page), "hasPreviousPage": False}
        info |= {
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        }
        return {"edges": edges, "nodes": [edge["node"] for edge in edges], "pageInfo": info}

    def download(self, sealed: str) -> str | None:
        """The lines behind an address; None when it is none, or too old."""
        claims = self.signer.open(_PURPOSE, sealed)
        if claims is None or claims["until"] < self.now().timestamp():
            return None
        for operation in self._operations:
            if operation.number == claims["number"]:
                lines = operation.lines()
                kept = max(0, len(lines) - self.switches.now.bulk_lines_lost)
                # An operation that failed got half the way.
                kept = min(kept, len(lines) // 2) if operation.fate else kept
                return "".join(f"{line}\n" for line in lines[:kept])
        return None

    def _find(self, asking: Asking, gid: str) -> Operation | None:
        return next((each for each in self._operations if each.gid == gid and _same(each, asking)), None)

    def _stage(self, operation: Operation) -> str:
        """How far an operation is; it ends when somebody looks after its time."""
        if operation.ended_at is None:
            passed = (self.now() - operation.asking.at).total_seconds()
            stage = STAGES[0] if passed < operation.seconds / 3 else STAGES[1]
            hold = self.switches.now.bulk_hold
            if hold is not None:
                return min(stage, hold, key=STAGES.index)
            if passed < operation.seconds:
                return stage
            operation.ended_at = operation.asking.at + timedelta(seconds=operation.seconds)
        return operation.fate or "COMPLETED"

    def _json(self, operation: Operation, asking: Asking) -> Json:
        with operation.lock:  # two readers must not end it twice
            stage = self._stage(operation)
        done = stage not in STAGES
        lines = operation.lines() if done else []
        url = self._address(operation, asking) if lines else None
        whole, ended = stage == "COMPLETED", operation.ended_at
        size = sum(len(line.encode()) + 1 for line in lines)
        return {
            "__typename": "BulkOperation",
            "id": operation.gid,
            "status": stage,
            "errorCode": operation.error if stage == "FAILED" else None,
            "type": "QUERY",
            "query": operation.query,
            "createdAt": iso(to_ms(operation.asking.at)),
            "completedAt": iso(to_ms(ended)) if done and ended is not None else None,
            "objectCount": str(len(lines) if whole else len(lines) // 2),
            "rootObjectCount": str(operation.roots if whole else 0),
            "fileSize": str(size) if whole and lines else None,
            "url": url if whole else None,
            "partialDataUrl": url if stage in ("FAILED", "CANCELED") else None,
        }

    def _address(self, operation: Operation, asking: Asking) -> str:
        ended = operation.ended_at or self.now()
        until = int((ended + timedelta(days=_ADDRESS_DAYS)).timestamp())
        sealed = self.signer.seal(_PURPOSE, {"number": operation.number, "until": until})
        return f"{asking.base_url}/shopify-bulk/{sealed}"


def _same(operation: Operation, asking: Asking) -> bool:
    return (operation.asking.store.shop, operation.asking.client_id) == (asking.store.shop, asking.client_id)


def _payload(operation: Json | None, wrong: str | None = None, code: str = "INVALID") -> Json:
    errors = [] if wrong is None else [{"field": ["query"], "message": wrong, "code": code}]
    return {"bulkOperation": operation, "userErrors": errors}


def _checked(query: str) -> tuple[str | None, Prepared | None]:
    """What is wrong with a query, or the query prepared."""
    try:
        run = prepared(SCHEMA, parsed(query), None, {})
    except Syntax as error:
        return f"Invalid bulk query: {error}", None
    except GraphqlError as error:
        return f"Invalid bulk query: {error}", None
    counted = list(_connections(run, run.operation.selections, run.root, 1))
    if run.operation.kind != "query" or not counted:
        return "Bulk queries must contain at least one connection.", None
    if len(counted) > MOST_CONNECTIONS or max(counted) > 2:
        return "Bulk queries cannot contain more than 5 connections, nested 2 levels deep.", None
    return None, run


def _connections(run: Prepared, selections: Sequence[Selection], of: str, depth: int) -> Iterator[int]:
    """How deep each connection of a query is."""
    for asked in run.fields(selections, of):
        known = run.schema.types[of].get(asked.name)
        if known is not None and known.of in run.schema.types:
            paged = known.of.endswith("Connection")
            if paged:
                yield depth
            yield from _connections(run, asked.selections, known.of, depth + paged)


def _flattened(run: Prepared, answer: Json, grouped: bool) -> Iterator[str]:
    """Every object on a line of its own; those of nested connections name their parent."""
    late: list[str] = []
    for asked in run.root_fields():
        for node in _nodes(answer.get(asked.key)):
            parent, children = _apart(node)
            yield _line(parent)
            lines = [_line({**child, "__parentId": parent.get("id")}) for child in children]
            if grouped:
                yield from lines
            else:
                late += lines
    yield from late


def _apart(node: Json) -> tuple[Json, list[Json]]:
    """An object without its connections, and what those held."""
    parent, children = {}, []
    for name, value in node.items():
        inner = _nodes(value)
        if isinstance(value, dict) and ("edges" in value or "nodes" in value):
            children += inner
        else:
            parent[name] = value
    return parent, children


def _nodes(value: Any) -> list[Json]:
    if not isinstance(value, dict):
        return []
    if "nodes" in value:
        return list(value["nodes"])
    return [edge["node"] for edge in value.get("edges", []) if "node" in edge]


def _line(body: Json) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
