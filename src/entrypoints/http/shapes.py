"""What several subjects have as JSON. Money leaves as a number at the currency's minor unit, times in UTC with ``Z``."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import overload
from uuid import UUID

from domain.connections.model import Failure
from domain.ledger.model import LedgerDay, Verdict
from domain.money import Money, exponent
from entrypoints.http.answer_types import Answer, Day, When

Json = dict[str, object]


class FailureAnswer(Answer):
    """What went wrong last, in words."""

    code: str
    """One of the codes that errors have."""
    message: str
    request_id: str | None
    """The channel's id of the request that failed, where it named one."""
    at: When


@overload
def moment(value: datetime) -> str: ...
@overload
def moment(value: None) -> None: ...
@overload
def moment(value: datetime | None) -> str | None: ...
def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the second."""
    if value is None:
        return None
    return value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


@lru_cache(maxsize=1000)
def id_text(value: UUID) -> str:
    """An id as text; remembered, since a list has one connection's in each of its items."""
    return str(value)


def number(value: Money) -> int | float:
    """The amount as a JSON number: whole for currencies without a minor unit."""
    minor_units: int = 10 ** exponent(value.currency)
    whole, rest = divmod(value.minor, minor_units)
    return value.minor / minor_units if rest else whole


@overload
def failure_json(failure: Failure) -> FailureAnswer: ...
@overload
def failure_json(failure: Failure | None) -> FailureAnswer | None: ...
def failure_json(failure: Failure | None) -> FailureAnswer | None:
    """What went wrong, in words."""
    if failure is None:
        return None
    return {
        "code": failure.code,
        "message": failure.message,
        "request_id": failure.request_id,
        "at": moment(failure.at),
    }


class GapAnswer(Answer):
    """A day that is known to lack orders."""

    marketplaceId: str
    date: Day
    """The marketplace's day."""
    amazonOrders: int
    """As many orders as Amazon counts."""
    ourOrders: int
    """As many as are here."""
    verdict: Verdict


def gap_json(line: LedgerDay) -> GapAnswer:
    """A day that is known to lack orders."""
    return {
        "marketplaceId": line.amazon.marketplace_id,
        "date": line.amazon.day.isoformat(),
        "amazonOrders": line.amazon.orders,
        "ourOrders": 0 if line.ours is None else line.ours.orders,
        "verdict": line.verdict,
    }
