"""What Shopify's answers mean: status, headers and bytes in, data or an error out. No I/O.

An answer counts only when it carries data and not a single error: a 200 with ``errors``, a page of HTML, a body that
breaks off, or a filter that Shopify has dropped is a failure, never an empty list.

Source: shopify.dev, "Shopify API response status and error codes", "GraphQL Admin API rate limits".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn, cast

from adapters.http import RawAnswer
from domain.errors import AccessDenied, UpstreamFailed, UpstreamRefused, WrongAnswer
from domain.gateway.ports import Json

SHOPIFY = "shopify"
#: How long to stay away, in seconds, where Shopify says "too many" and does not say how long.
_USUAL_WAIT = 2.0
#: It takes our requests for an attack.
_LONG_WAIT = 60.0
_LONGEST_WAIT = 3600.0
_TOLD = 300
_SCOPE = re.compile(r"`(\w+)` access scope")
#: What is true of the store as a whole, and what its owner does about it.
_CLOSED = {
    402: "The store is frozen: its owner has to settle the bill with Shopify.",
    403: "Shopify forbids it: the app lacks a scope, or the store's plan does not include it.",
    423: "Shopify has locked the store: its owner has to ask Shopify's support.",
}


@dataclass(frozen=True)
class Question:
    """One GraphQL document. Values go in as variables, never pasted into the text.

    ``name`` is what logs and counts call it; ``scope`` what it needs. What is not ``repeatable`` may be done twice when
    it is sent twice.
    """

    name: str
    text: str
    variables: Mapping[str, object]
    scope: str = "read_orders"
    repeatable: bool = True


@dataclass(frozen=True)
class Cost:
    """What a question cost in Shopify's points, and what the store's bucket holds after it."""

    requested: float
    available: float
    maximum: float
    restored_a_second: float

    @property
    def wait(self) -> float:
        """Seconds until the bucket holds as much as the same question asks for."""
        return min(max(self.requested - self.available, 0.0) / self.restored_a_second, _LONGEST_WAIT)


class Throttled(Exception):
    """Too many: to be asked again after ``wait`` seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__("throttled")
        self.wait = wait


class TokenRefused(Exception):
    """The access token is dead; a fresh one may help."""


class TooDear(UpstreamRefused):
    """The question asks for more points than any bucket holds: only a smaller one is answered."""


def decipher(answer: RawAnswer, question: Question) -> tuple[Json, Cost | None]:
    """The data that was asked for, all of it, and what it cost.

    Raises:
        Throttled, TokenRefused, TooDear: whoever asks deals with these.
        AccessDenied: a scope is missing, or the store is closed to us.
        UpstreamRefused: Shopify says that the question is wrong, or has not understood all of it.
        UpstreamFailed: it failed, or its answer can't be right.
    """
    _look_at_status(answer, question)
    body = _object(answer, question)
    errors, extensions = body.get("errors"), _mapping(body.get("extensions"))
    cost = _cost(extensions)
    if errors:
        _refuse(errors, cost, question, request_id(answer))
    data = body.get("data")
    if not isinstance(data, dict):
        raise _wrong(f"Shopify's answer to {question.name} carries no data.", answer)
    _look_at_filters(extensions, question, answer)
    return cast(Json, data), cost


def request_id(answer: RawAnswer) -> str | None:
    """Shopify's own id of the request, which their support asks for."""
    return answer.headers.get("x-request-id")


def _look_at_status(answer: RawAnswer, question: Question) -> None:
    status, named = answer.status, request_id(answer)
    if status == 401:
        raise TokenRefused
    if status in (429, 430):
        usual = _USUAL_WAIT if status == 429 else _LONG_WAIT
        raise Throttled(min(_number(answer.headers.get("retry-after")) or usual, _LONGEST_WAIT))
    if status in _CLOSED:
        role = question.scope if status == 403 else None
        raise AccessDenied(_CLOSED[status], role=role, channel=SHOPIFY, request_id=named)
    if status == 404:
        raise UpstreamRefused(
            "Shopify knows no store of this name, or does not serve this version of its API any more.",
            channel=SHOPIFY,
            request_id=named,
        )
    if 400 <= status < 500:
        raise UpstreamRefused(
            f"Shopify refused {question.name} (status {status}).", channel=SHOPIFY, request_id=named
        )
    if status != 200:
        raise UpstreamFailed(
            f"Shopify answered {status} to {question.name}.", channel=SHOPIFY, request_id=named
        )


def _object(answer: RawAnswer, question: Question) -> Json:
    try:
        body = json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise UpstreamFailed(
            f"Shopify's answer to {question.name} breaks off or is not JSON.",
            channel=SHOPIFY,
            request_id=request_id(answer),
        ) from error
    if not isinstance(body, dict):
        raise _wrong(f"Shopify's answer to {question.name} has the wrong shape.", answer)
    return cast(Json, body)


def _refuse(errors: object, cost: Cost | None, question: Question, named: str | None) -> NoReturn:
    """Say what the first error of the list means."""
    first = errors[0] if isinstance(errors, list) else errors
    error = _mapping(first)
    message = str(error.get("message") or "") if error else str(first)
    code = str(_mapping(error.get("extensions")).get("code") or "")
    named = named or _text(_mapping(error.get("extensions")).get("requestId"))
    said = " ".join(message.split())[:_TOLD]
    if code == "THROTTLED" or (not code and message == "Throttled"):
        if cost is not None and cost.requested > cost.maximum:
            raise _too_dear(question, named)
        raise Throttled(_USUAL_WAIT if cost is None else cost.wait)
    if code == "MAX_COST_EXCEEDED":
        raise _too_dear(question, named)
    if code == "ACCESS_DENIED":
        scope = _SCOPE.search(message)
        role = scope[1] if scope else question.scope
        words = (
            f"Shopify denies {question.name}: {said} The app needs the scope {role}, granted by the store."
        )
        raise AccessDenied(words, role=role, channel=SHOPIFY, request_id=named)
    if code == "SHOP_INACTIVE":
        words = "The store is not active: its owner has to open it again."
        raise AccessDenied(words, channel=SHOPIFY, request_id=named)
    if code in ("INTERNAL_SERVER_ERROR", "TIMEOUT"):
        raise UpstreamFailed(
            f"Shopify failed at {question.name} ({code}).", channel=SHOPIFY, request_id=named
        )
    raise UpstreamRefused(
        f"Shopify refused {question.name} ({code or 'error'}: {said}).", channel=SHOPIFY, request_id=named
    )


def _too_dear(question: Question, named: str | None) -> TooDear:
    return TooDear(f"{question.name} costs more than Shopify allows.", channel=SHOPIFY, request_id=named)


def _look_at_filters(extensions: Mapping[str, object], question: Question, answer: RawAnswer) -> None:
    """A term that Shopify does not understand is dropped, and the list comes unfiltered: only this tells."""
    searches = extensions.get("search")
    for search in searches if isinstance(searches, list) else ():
        warnings = _mapping(search).get("warnings")
        if warnings:
            raise UpstreamRefused(
                f"Shopify has not understood the filter of {question.name}: {str(warnings)[:_TOLD]}",
                channel=SHOPIFY,
                request_id=request_id(answer),
            )


def _cost(extensions: Mapping[str, object]) -> Cost | None:
    cost = _mapping(extensions.get("cost"))
    status = _mapping(cost.get("throttleStatus"))
    requested = _number(cost.get("requestedQueryCost"))
    available = _number(status.get("currentlyAvailable"))
    maximum, rate = _number(status.get("maximumAvailable")), _number(status.get("restoreRate"))
    if requested is None or available is None or not maximum or not rate:
        return None
    return Cost(requested, available, maximum, rate)


def _wrong(message: str, answer: RawAnswer) -> WrongAnswer:
    return WrongAnswer(message, channel=SHOPIFY, request_id=request_id(answer))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    """A finite number, not negative; ``None`` for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < 1e12 else None
