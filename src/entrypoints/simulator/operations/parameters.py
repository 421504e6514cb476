"""Query parameters, read as Amazon reads them; what does not fit raises InvalidInput."""

from __future__ import annotations

from collections.abc import Collection

from entrypoints.simulator.errors import BAD_TOKEN, WRONG_REGION, denied, invalid_input
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.moments import parse_iso
from entrypoints.simulator.sp_api import Call


def text(call: Call, name: str) -> str | None:
    """A single value; an empty one counts as missing."""
    values = call.query.get(name, ())
    if len(values) > 1:
        raise invalid_input(f"Parameter {name} must be given once.")
    return values[0] if values and values[0] else None


def required_text(call: Call, name: str) -> str:
    value = text(call, name)
    if value is None:
        raise invalid_input(f"Missing required parameter: {name}.")
    return value


def items(call: Call, name: str, most: int | None = None) -> tuple[str, ...]:
    """The values of an array: comma-separated, which is Amazon's rule, or the parameter repeated."""
    values = tuple(item for value in call.query.get(name, ()) for item in value.split(",") if item)
    if most is not None and len(values) > most:
        raise invalid_input(f"Parameter {name} takes at most {most} values, got {len(values)}.")
    return values


def choices(call: Call, name: str, allowed: Collection[str]) -> tuple[str, ...]:
    """The values of an array of which each is one of the allowed."""
    values = items(call, name)
    for value in values:
        if value not in allowed:
            raise invalid_input(
                f"Invalid value '{value}' for parameter {name}.", f"Allowed: {', '.join(allowed)}"
            )
    return values


def choice(call: Call, name: str, allowed: Collection[str], default: str) -> str:
    value = text(call, name) or default
    if value not in allowed:
        raise invalid_input(
            f"Invalid value '{value}' for parameter {name}.", f"Allowed: {', '.join(allowed)}"
        )
    return value


def moment(call: Call, name: str) -> int | None:
    """An ISO 8601 time with a zone, in milliseconds."""
    value = text(call, name)
    if value is None:
        return None
    milliseconds = parse_iso(value)
    if milliseconds is None:
        raise invalid_input(f"Parameter {name} is not a date-time of ISO 8601 with a time zone.")
    return milliseconds


def whole_number(call: Call, name: str, low: int, high: int, default: int) -> int:
    value = text(call, name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit()) or not low <= int(value) <= high:
        raise invalid_input(f"Parameter {name} must be a number from {low} to {high}.")
    return int(value)


def flag(call: Call, name: str) -> bool:
    """True or false in any case: Python's clients send ``True``."""
    value = (text(call, name) or "false").lower()
    if value not in ("true", "false"):
        raise invalid_input(f"Parameter {name} must be true or false.")
    return value == "true"


def check_marketplaces(call: Call, marketplace_ids: tuple[str, ...]) -> None:
    """Each must exist, lie in the region of the host and of the token, and be one the seller sells in.

    Raises:
        SpApiError: 403 for one of another region, 400 for one that is unknown or not the seller's.
    """
    seller = call.store.seller(call.seller_id)
    if any(each in BY_ID and BY_ID[each].region != call.region for each in marketplace_ids):
        raise denied(WRONG_REGION)
    if seller is None or seller.region != call.region:
        raise denied(BAD_TOKEN)
    for each in marketplace_ids:
        if each not in seller.marketplace_ids:
            raise invalid_input(f"Invalid marketplaceId: {each}.")
