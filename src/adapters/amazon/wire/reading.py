"""Taking Amazon's JSON apart: what is not as promised is a failed answer, never an empty one."""

from datetime import UTC, datetime
from decimal import Decimal

from domain.errors import WrongAnswer
from domain.gateway.ports import Json
from domain.money import Money

#: What a 32-bit column holds, and far more than anybody sells or stocks.
_LARGEST_COUNT = 2**31 - 1
#: What an amount may be, apart from true and false. Written out in each question, the choice would be made anew each time.
_AMOUNT = str | int | Decimal
_NUMBER = int | Decimal
#: Of a status, in characters. What is counted by it is found by an index, which can't hold any length.
LONGEST_STATUS = 100


def child(node: Json, name: str) -> Json:
    """The object under this name; an empty one when it is absent."""
    value = node.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong(name)
    return value


def required_list(node: Json, name: str) -> list[Json]:
    """The list of objects under this name, which has to be there."""
    value = node.get(name)
    if not isinstance(value, list):
        raise wrong(name)
    for item in value:
        if not isinstance(item, dict):
            raise wrong(name)
    return value


def text(node: Json, name: str) -> str | None:
    """The text under this name; ``None`` when absent or empty."""
    value = node.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise wrong(name)
    if value.isascii() and "\x00" not in value:
        return value
    # PostgreSQL keeps no NUL and nobody half a surrogate pair, both of which JSON can carry; no title needs them.
    return value.replace("\x00", "").encode(errors="replace").decode() or None


def required_text(node: Json, name: str) -> str:
    """The text under this name, which has to be there."""
    value = text(node, name)
    if value is None:
        raise wrong(name)
    return value


def count(node: Json, name: str) -> int:
    """The whole number under this name; zero when absent."""
    value = node.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, _NUMBER):
        raise wrong(name)
    if not -_LARGEST_COUNT <= value <= _LARGEST_COUNT or value != int(value):
        raise wrong(name)
    return int(value)


def moment(node: Json, name: str) -> datetime | None:
    """The moment under this name, in UTC; ``None`` when absent or empty."""
    value = text(node, name)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise wrong(name) from error


def required_moment(node: Json, name: str) -> datetime:
    """The moment under this name, which has to be there."""
    value = moment(node, name)
    if value is None:
        raise wrong(name)
    return value


def money(node: Json, name: str) -> Money | None:
    """The amount under this name (``{"amount": "12.50", "currencyCode": "USD"}``); ``None`` when absent.

    A currency without an amount counts as absent too: the prices of pending orders are incomplete.
    """
    inner = child(node, name)
    amount, currency = inner.get("amount"), inner.get("currencyCode")
    if amount is None:
        return None
    if not isinstance(amount, _AMOUNT) or isinstance(amount, bool) or not isinstance(currency, str):
        raise wrong(name)
    try:
        return Money.parse(amount, currency)
    except ValueError as error:
        raise wrong(name) from error


def wrong(name: str) -> WrongAnswer:
    """The error for an answer in which this field is not as promised."""
    return WrongAnswer(f"Amazon's answer is not as promised: `{name}` is missing or of another kind.")
