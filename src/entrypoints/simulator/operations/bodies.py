"""Fields of a JSON body, read as Amazon reads them; what does not fit raises InvalidInput."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any

from entrypoints.simulator.errors import invalid_input
from entrypoints.simulator.moments import parse_iso


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise invalid_input(f"{name} must be an object.")
    return value


def required(body: Mapping[str, Any], name: str) -> Any:
    if body.get(name) is None:
        raise invalid_input(f"Missing required field: {name}.")
    return body[name]


def required_text(body: Mapping[str, Any], name: str, allowed: Collection[str] | None = None) -> str:
    value = required(body, name)
    if not isinstance(value, str) or not value:
        raise invalid_input(f"{name} must be a text.")
    if allowed is not None and value not in allowed:
        raise invalid_input(f"Invalid value '{value}' for {name}.", f"Allowed: {', '.join(allowed)}")
    return value


def texts(body: Mapping[str, Any], name: str, most: int) -> tuple[str, ...]:
    """A list of at least one text."""
    value = required(body, name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise invalid_input(f"{name} must be a list of texts.")
    if not 1 <= len(value) <= most:
        raise invalid_input(f"{name} takes from 1 to {most} values, got {len(value)}.")
    return tuple(value)


def flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if not isinstance(value, bool | None):
        raise invalid_input(f"{name} must be true or false.")
    return bool(value)


def amount(body: Mapping[str, Any], name: str) -> float:
    """A number, also when it was written as a text."""
    value = required(body, name)
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not isfinite(number):
        raise invalid_input(f"{name} must be a number.")
    return number


def moment(body: Mapping[str, Any], name: str) -> int | None:
    """An ISO 8601 time with a zone, in milliseconds."""
    value = body.get(name)
    if value is None:
        return None
    milliseconds = parse_iso(value) if isinstance(value, str) else None
    if milliseconds is None:
        raise invalid_input(f"{name} is not a date-time of ISO 8601 with a time zone.")
    return milliseconds
