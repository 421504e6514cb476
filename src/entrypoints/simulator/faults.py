"""Troubles on demand: what shall go wrong with the next calls of an operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from typing import Any

from entrypoints.simulator.dice import number

#: Kind of fault → what it does. ``POST /simulator/faults`` refuses any other kind.
KINDS = {
    "status": "an error of the HTTP status `status` in the API's own JSON",
    "html_502": "502 with an HTML page",
    "html_503": "503 with an HTML page",
    "empty_200": "200 with an empty body",
    "not_json": "200, application/json, and a body that is none",
    "truncated": "the true answer, cut off in the middle of its body",
    "wrong_content_type": "the true answer as text/html",
    "shape": "the true answer without the list (or token) it promises",
    "drop_connection": "the connection closes without an answer",
    "hang": "`seconds` of silence, then the true answer",
    "slow": "the true answer after `delay_ms`; on every call until cleared",
    "token_expired": "403, the access token has expired",
    "token_revoked": "403, the access token is revoked, malformed or invalid",
    "secret_expired": "403, the LWA client secret has expired",
    "missing_role": "403 with empty details",
    "lwa_error": "LWA's error `error` with the HTTP status `status`",
    "throttled": "Shopify's THROTTLED, at HTTP 200",
    "access_denied": "Shopify's ACCESS_DENIED, at HTTP 200",
    "max_cost": "Shopify's MAX_COST_EXCEEDED, at HTTP 200",
    "shop_inactive": "Shopify's SHOP_INACTIVE, at HTTP 200",
    "internal_error": "Shopify's INTERNAL_SERVER_ERROR, at HTTP 200",
}
EVERY_OPERATION, EVERY_SHOPIFY = "*", "shopify.*"
#: What strikes by chance when no kinds are named: troubles that pass by themselves.
_PASSING = (
    "500",
    "502",
    "503",
    "504",
    "429",
    "html_502",
    "html_503",
    "empty_200",
    "not_json",
    "truncated",
    "drop_connection",
    "slow",
    "lwa_error",
    "wrong_content_type",
    "shape",
    "token_expired",
)
#: Kinds that make no sense for LWA, whose tokens they are, and for documents, which are no JSON.
_NOT_OF_LWA = frozenset({"token_expired", "token_revoked", "secret_expired", "missing_role"})
_NOT_OF_DOCUMENTS = _NOT_OF_LWA | {"shape", "empty_200", "not_json", "wrong_content_type"}
_LWA, _DOCUMENT = "lwa.", "reportDocument"
#: Shopify's calls, of which these are GraphQL's alone.
SHOPIFY, _SHOPIFY_TOKENS, _SHOPIFY_BULK = "shopify.", "shopify.token.", "shopify.bulkDownload"
_OF_GRAPHQL = frozenset({"throttled", "access_denied", "max_cost", "shop_inactive", "internal_error"})


class BadFault(ValueError):
    """A fault that nobody can have meant; the message says why."""


@dataclass(frozen=True)
class Fault:
    """One order of trouble.

    Attributes:
        operation: an operation's name, or ``*`` for all.
        times: how often it strikes; None means until it is cleared.
        after: how many calls pass untouched first.
        share: strikes this part of the calls, by chance and always until cleared.
        kinds: what strikes by chance, in place of ``kind``; those that do not fit an operation pass it by.
        seed: makes the chance repeat itself.
        retry_after: seconds that a 429 or 503 says in ``Retry-After``, if any.
    """

    operation: str
    kind: str = ""
    times: int | None = 1
    after: int = 0
    status: int = 500
    error: str = ""
    message: str = ""
    seconds: float = 60.0
    delay_ms: float = 250.0
    share: float | None = None
    kinds: tuple[str, ...] = ()
    seed: int = 0
    retry_after: int | None = None

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Fault:
        """A fault from the body of a control call. A number as kind is short for that status.

        Raises:
            BadFault: a field is missing, unknown or of the wrong type.
        """
        unknown = set(body) - set(cls.__dataclass_fields__)
        if unknown:
            raise BadFault(f"unknown fields: {', '.join(sorted(unknown))}")
        fields = dict(body)
        if "share" in fields:
            return cls(**_by_chance(fields))
        if "kinds" in fields or "seed" in fields:
            raise BadFault("kinds and seed belong to a share")
        kind = str(fields.get("kind", ""))
        if kind.isdigit():
            fields |= {"kind": "status", "status": int(kind)}
        elif kind not in KINDS:
            raise BadFault(f"kind must be an HTTP status or one of: {', '.join(KINDS)}")
        if kind == "slow":
            fields.setdefault("times", None)
        _check(fields)
        if kind in _OF_GRAPHQL and not _fits(kind, fields["operation"]):
            raise BadFault(
                f"{kind} is for one operation of Shopify's GraphQL, as shopify.orders, or shopify.*"
            )
        return cls(**fields)

    def concerns(self, operation: str) -> bool:
        """Whether it may strike this operation; ``shopify.*`` are all of Shopify's."""
        if self.operation == EVERY_SHOPIFY:
            return operation.startswith(SHOPIFY) and (self.share is not None or _fits(self.kind, operation))
        return self.operation in (operation, EVERY_OPERATION)

    def thrown(self, operation: str, throw: int) -> Fault | None:
        """What strikes the call of an operation at a throw, if this fault strikes by chance."""
        if number(self.seed, self.operation, throw, "strikes") >= (self.share or 0.0) * 2**64:
            return None
        fitting = [kind for kind in self.kinds if _fits(kind, operation)]
        if not fitting:
            return None
        kind = fitting[number(self.seed, self.operation, throw, "kind") % len(fitting)]
        if kind == "lwa_error":
            return replace(self, kind=kind, status=503, error="temporarily_unavailable")
        return replace(self, kind="status", status=int(kind)) if kind.isdigit() else replace(self, kind=kind)


def _fits(kind: str, operation: str) -> bool:
    if operation.startswith(SHOPIFY):
        return _fits_shopify(kind, operation)
    if kind in _OF_GRAPHQL:
        return False
    if operation.startswith(_LWA):
        return kind not in _NOT_OF_LWA
    return kind != "lwa_error" and (
        operation.removeprefix("ads.") != _DOCUMENT or kind not in _NOT_OF_DOCUMENTS
    )


def _fits_shopify(kind: str, operation: str) -> bool:
    """Results of bulk operations are no JSON, and neither they nor tokens come by GraphQL."""
    if kind in _NOT_OF_LWA or kind == "lwa_error":
        return False
    if operation == _SHOPIFY_BULK:
        return kind not in _NOT_OF_DOCUMENTS | _OF_GRAPHQL
    return kind not in _OF_GRAPHQL or not operation.startswith(_SHOPIFY_TOKENS)


def _by_chance(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a fault that strikes by chance."""
    share, kinds = fields["share"], fields.get("kinds", list(_PASSING))
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise BadFault("share must be a number above 0, up to 1")
    if "kind" in fields or "times" in fields:
        raise BadFault("a share strikes until it is cleared, with kinds in place of kind")
    if not isinstance(kinds, list) or not kinds:
        raise BadFault("kinds must be a list of kinds")
    kinds = tuple(str(kind) for kind in kinds)
    for kind in kinds:
        status = int(kind) if kind.isdigit() else None
        if (kind not in KINDS and (status is None or not 100 <= status <= 599)) or kind == "status":
            raise BadFault(f"kinds must list HTTP statuses or some of: {', '.join(KINDS)}")
    if not isinstance(fields.get("seed", 0), int):
        raise BadFault("seed must be a whole number")
    _check(fields)
    return fields | {"kinds": kinds, "times": None}


def _check(fields: Mapping[str, Any]) -> None:
    if not isinstance(fields.get("operation"), str):
        raise BadFault("operation must be the name of an operation, or *")
    if not isinstance(fields.get("times"), int | None):
        raise BadFault("times must be a number, or null for always")
    for name in ("after", "status", "seconds", "delay_ms"):
        if name in fields and (not isinstance(fields[name], int | float) or fields[name] < 0):
            raise BadFault(f"{name} must be a number from 0")
    wait = fields.get("retry_after")
    if wait is not None and (isinstance(wait, bool) or not isinstance(wait, int) or wait < 0):
        raise BadFault("retry_after must be a whole number of seconds")
    if not 100 <= fields.get("status", 500) <= 599:
        raise BadFault("status must be an HTTP status")


@dataclass
class _Waiting:
    """A fault on the board and how much of it is left."""

    fault: Fault
    to_pass: int
    left: int | None
    throws: int = 0


@dataclass
class FaultBoard:
    """The faults that are ordered and not yet used up; the oldest that fits a call strikes."""

    _waiting: list[_Waiting] = field(default_factory=list, init=False)
    _cleared: Event = field(default_factory=Event, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(_Waiting(fault, fault.after, fault.times))

    def take(self, operation: str) -> Fault | None:
        """The fault that strikes this call, if any; it is then used up by one."""
        with self._lock:
            for waiting in [w for w in self._waiting if w.fault.concerns(operation)]:
                if waiting.to_pass:
                    waiting.to_pass -= 1
                    continue
                if waiting.fault.share is not None:
                    waiting.throws += 1
                    thrown = waiting.fault.thrown(operation, waiting.throws)
                    if thrown is None:
                        continue
                    return thrown
                if waiting.left is not None:
                    waiting.left -= 1
                    if waiting.left <= 0:
                        self._waiting.remove(waiting)
                return waiting.fault
        return None

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than until the board is cleared."""
        with self._lock:
            cleared = self._cleared
        cleared.wait(seconds)

    def clear(self) -> None:
        """Forget all faults and let those go on that hang."""
        with self._lock:
            self._waiting.clear()
            self._cleared.set()
            self._cleared = Event()

    def pending(self) -> list[Fault]:
        """What is still ordered, oldest first."""
        with self._lock:
            return [waiting.fault for waiting in self._waiting]
