"""Taking Shopify's JSON apart: what is not as promised is a failed answer, never an empty one."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from domain.errors import WrongAnswer
from domain.gateway.ports import Json
from domain.money import Money

#: What a 32-bit column holds, and far more than anybody sells.
_LARGEST_COUNT = 2**31 - 1
_WHOLE = re.compile(r"[0-9]{1,18}")


def required_child(node: Json, name: str) -> Json:
    """The object under this name, which has to be there."""
    value = node.get(name)
    if not isinstance(value, Mapping):
        raise wrong(name)
    return value


def required_list(node: Json, name: str) -> list[Json]:
    """The list of objects under this name, which has to be there."""
    value = node.get(name)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise wrong(name)
    return value


def text(node: Json, name: str) -> str | None:
    """The text under this name; ``None`` when absent or empty."""
    value = node.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise wrong(name)
    # PostgreSQL keeps no NUL and nobody half a surrogate pair, both of which JSON can carry.
    return value.replace("\x00", "").encode(errors="replace").decode() or None


def required_text(node: Json, name: str) -> str:
    """The text under this name, which has to be there."""
    value = text(node, name)
    if value is None:
        raise wrong(name)
    return value


def required_flag(node: Json, name: str) -> bool:
    """Yes or no, which has to be there."""
    value = node.get(name)
    if not isinstance(value, bool):
        raise wrong(name)
    return value


def required_count(node: Json, name: str) -> int:
    """The whole number under this name, which has to be there; large ones come as text."""
    value = node.get(name)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST_COUNT:
        raise wrong(name)
    return value


def moment(node: Json, name: str) -> datetime | None:
    """The moment under this name, in UTC; ``None`` when absent."""
    value = text(node, name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise wrong(name)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise wrong(name) from error


def required_moment(node: Json, name: str) -> datetime:
    """The moment under this name, which has to be there."""
    value = moment(node, name)
    if value is None:
        raise wrong(name)
    return value


def shop_money(node: Json, name: str) -> Money:
    """The amount under this name in the shop's currency, which has to be there."""
    money = required_child(required_child(node, name), "shopMoney")
    try:
        return Money.parse(required_text(money, "amount"), required_text(money, "currencyCode"))
    except ValueError as error:
        raise wrong(name) from error


def wrong(name: str) -> WrongAnswer:
    """The answer is not as promised, at this name."""
    return WrongAnswer(f"Shopify's answer is not as promised at “{name}”.", channel="shopify")
