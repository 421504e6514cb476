"""Shopify's search syntax for orders. What it does not understand it drops, and only a warning tells.

Source: https://shopify.dev/docs/api/usage/search-syntax; that times need quotes is known from reports of bugs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from entrypoints.simulator.moments import SECOND, local_midnight_ms, parse_iso
from entrypoints.simulator.shopify.orders import StoreOrder
from entrypoints.simulator.shopify.shops import Window

Test = Callable[[StoreOrder], bool]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\)) |
      (?P<field>-?[A-Za-z0-9_]+):(?P<compare><=|>=|<|>)?
         (?:'(?P<single>(?:\\.|[^'\\])*)'|"(?P<double>(?:\\.|[^"\\])*)"|(?P<bare>[^\s():]+)) |
      (?P<word>[^\s()]+)
    )""",
    re.VERBOSE,
)
_TIMES: dict[str, Callable[[StoreOrder], int]] = {
    "created_at": lambda order: order.plan.created_ms,
    "processed_at": lambda order: order.plan.processed_ms,
    "updated_at": lambda order: order.updated_ms,
}
_FULFILLMENT = {"UNFULFILLED": "UNFULFILLED", "FULFILLED": "SHIPPED", "PARTIALLY_FULFILLED": "PARTIAL"}


def _status(order: StoreOrder) -> set[str]:
    """The words of ``status`` that fit an order."""
    if order.cancelled_ms is not None:
        return {"cancelled", "closed"}
    return {"closed"} if order.closed_ms is not None else {"open", "not_closed"}


_WORDS: dict[str, Callable[[StoreOrder], set[str]]] = {
    "financial_status": lambda order: {order.financial.lower()},
    "fulfillment_status": lambda order: {
        order.fulfillment.lower(),
        _FULFILLMENT[order.fulfillment].lower(),
    },
    "status": _status,
    "test": lambda order: {str(order.plan.test).lower()},
    "name": lambda order: {order.plan.name, order.plan.name.lstrip("#")},
    "id": lambda order: {str(order.plan.id)},
}


class Dropped(NamedTuple):
    """A term that was dropped."""

    field: str
    message: str
    code: str


@dataclass
class Search:
    """What a query means: which orders fit, and when those were placed or changed at all."""

    fits: Test = lambda _order: True
    window: Window = field(default_factory=Window)
    warnings: list[Dropped] = field(default_factory=list)


class _Term(NamedTuple):
    name: str
    compare: str
    value: str
    quoted: bool


def understood(query: str | None, zone: ZoneInfo) -> Search:
    """The meaning of a query; ``zone`` is where its bare days are."""
    search = Search()
    if query and query.strip():
        reader = _Reader(_tokens(query), zone, search)
        search.fits = reader.alternatives()
        if reader.simple:
            search.window = Window(reader.created_from, reader.created_to, reader.updated_from)
    return search


def _tokens(query: str) -> list[str | _Term]:
    found: list[str | _Term] = []
    at = 0
    while at < len(query.rstrip()):
        match = _TOKEN.match(query, at)
        if match is None:
            break
        at = match.end()
        if match["open"] or match["close"]:
            found.append(match["open"] or match["close"])
        elif match["field"]:
            quoted = match["bare"] is None
            text = match["bare"] if not quoted else match["single"] or match["double"] or ""
            name = match["field"]
            if name.startswith("-"):
                found.append("NOT")
            found.append(
                _Term(name.lstrip("-"), match["compare"] or "", re.sub(r"\\(.)", r"\1", text), quoted)
            )
            # What follows an unquoted time's first colon is read as a term of its own: 45:00Z.
            if not quoted and query[at : at + 1] == ":":
                at += 1
        else:
            found.append(match["word"].lstrip(":"))
    return found


class _Reader:
    """Reads tokens by recursive descent: alternatives of sequences of single terms."""

    def __init__(self, tokens: list[str | _Term], zone: ZoneInfo, search: Search) -> None:
        self._tokens, self._at = tokens, 0
        self._zone, self._search = zone, search
        #: Only a plain sequence of terms bounds the time for sure.
        self.simple = not any(token in ("OR", "NOT", "(") for token in tokens)
        self.created_from: int | None = None
        self.created_to: int | None = None
        self.updated_from: int | None = None

    def alternatives(self) -> Test:
        tests = [self._sequence()]
        while self._peek() == "OR":
            self._at += 1
            tests.append(self._sequence())
        return tests[0] if len(tests) == 1 else lambda order: any(test(order) for test in tests)

    def _sequence(self) -> Test:
        tests: list[Test] = []
        while self._peek() not in (None, "OR", ")"):
            test = self._single()
            if test is not None:
                tests.append(test)
        return lambda order: all(test(order) for test in tests)

    def _single(self) -> Test | None:
        token = self._peek()
        self._at += 1
        if token == "AND":
            return None
        if token == "NOT":
            inner = self._single() if self._peek() not in (None, ")") else None
            return None if inner is None else _not(inner)
        if token == "(":
            inner = self.alternatives()
            if self._peek() == ")":
                self._at += 1
            return inner
        return self._test(token) if isinstance(token, _Term) else _text(str(token))

    def _peek(self) -> str | _Term | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _test(self, term: _Term) -> Test | None:
        if term.name in _TIMES:
            return self._time(term)
        if term.name in _WORDS and not term.compare:
            told, wanted = _WORDS[term.name], term.value.lower()
            return lambda order: wanted in told(order) or wanted == "any"
        message = "Invalid search field for this query."
        self._search.warnings.append(Dropped(term.name, message, "invalid_field"))
        return None

    def _time(self, term: _Term) -> Test | None:
        span = self._span(term)
        if span is None:
            warning = Dropped(term.name, f"Input `{term.value}` is not an accepted value.", "invalid_value")
            self._search.warnings.append(warning)
            return None
        start, end = span
        told = _TIMES[term.name]
        low, high = {
            "": (start, end),
            ">=": (start, None),
            ">": (end + 1, None),
            "<=": (None, end),
            "<": (None, start - 1),
        }[term.compare]
        self._bound(term.name, low, high)
        return lambda order: (low is None or told(order) >= low) and (high is None or told(order) <= high)

    def _span(self, term: _Term) -> tuple[int, int] | None:
        """First and last millisecond of what is written; a bare day is the store's own, whole."""
        if term.quoted and len(term.value) > len("2026-01-01"):
            at = parse_iso(term.value)
            return None if at is None else (at // SECOND * SECOND, at // SECOND * SECOND + SECOND - 1)
        try:
            day = date.fromisoformat(term.value[:10])
        except ValueError:
            return None
        start = local_midnight_ms(day, self._zone)
        return start, local_midnight_ms(day + timedelta(days=1), self._zone) - 1

    def _bound(self, name: str, low: int | None, high: int | None) -> None:
        if name == "created_at":
            self.created_from = low if self.created_from is None else self.created_from
            self.created_to = high if self.created_to is None else self.created_to
        if name == "updated_at":
            self.updated_from = low if self.updated_from is None else self.updated_from
            # Whatever was changed by then was placed by then.
            self.created_to = high if self.created_to is None else self.created_to


def _not(test: Test) -> Test:
    return lambda order: not test(order)


def _text(word: str) -> Test:
    return lambda order: word.lower().lstrip("#") in order.plan.name
