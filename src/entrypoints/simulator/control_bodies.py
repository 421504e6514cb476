"""What control calls bring, read strictly: a mistyped control would trouble nothing, and nobody would notice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from flask import request

Fields = Mapping[str, Any]


class BadControl(ValueError):
    """A control call that cannot be understood; the message says why."""


def json_body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise BadControl("the body must be a JSON object")
    return body


def known(body: dict[str, Any], *names: str) -> dict[str, Any]:
    """The body, when it has no fields but these."""
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise BadControl(f"unknown fields: {', '.join(unknown)}; known are {', '.join(names)}")
    return body


def choices(body: Fields, name: str, allowed: Collection[str], default: tuple[str, ...]) -> tuple[str, ...]:
    """A list of texts of which each is allowed."""
    values = texts(body, name) if name in body else default
    for value in values:
        if value not in allowed:
            raise BadControl(f"{name} must list some of: {', '.join(allowed)}")
    return values


def texts(body: Fields, name: str) -> tuple[str, ...]:
    """A list of at least one text."""
    values = body.get(name)
    if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
        raise BadControl(f"{name} must be a list of texts")
    return tuple(values)


def number(body: Fields, name: str, low: float, high: float) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadControl(f"{name} must be a number from {low:g} to {high:g}")
    return float(value)


def whole(body: Fields, name: str, low: int, high: int, default: int | None = None) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise BadControl(f"{name} must be a number from {low} to {high}")
    return value


def day(body: Fields, name: str) -> date:
    try:
        return date.fromisoformat(str(body.get(name)))
    except ValueError as error:
        raise BadControl(f"{name} must be a date such as 2026-10-15") from error
