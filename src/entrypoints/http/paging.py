"""Lists in pages: a limit, and an opaque cursor that says after which row to go on."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import Field

from domain.errors import InvalidInput
from entrypoints.http.reading import Query

Row = TypeVar("Row")

LARGEST_PAGE = 200
DEFAULT_PAGE = 50


class PageQuery(Query):
    """``?limit=`` and ``?cursor=``."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = DEFAULT_PAGE
    cursor: Annotated[str, Field(max_length=500)] | None = None


def encode(*parts: str) -> str:
    """A cursor that holds these texts."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode(cursor: str, length: int) -> list[str]:
    """The texts of a cursor.

    Raises:
        InvalidInput: it is none of ours.
    """
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise InvalidInput({"cursor": "not a cursor of this list"}) from error
    if (
        not isinstance(parts, list)
        or len(parts) != length
        or not all(isinstance(part, str) and can_be_kept(part) for part in parts)
    ):
        raise InvalidInput({"cursor": "not a cursor of this list"})
    return parts


def can_be_kept(text: str) -> bool:
    """Whether a database takes it for a text."""
    return "\0" not in text and text.encode(errors="replace").decode() == text


def encode_mark(at: datetime, identity: UUID) -> str:
    """A cursor of a list that is ordered by moment and id, after this row."""
    return encode(at.isoformat(), str(identity))


def newest_first(
    found: Sequence[Row],
    limit: int,
    mark: Callable[[Row], tuple[datetime, UUID]],
    as_json: Callable[[Row], Mapping[str, Any]],
) -> dict[str, Any]:
    """A page of a list that is ordered by moment and id: one row more than ``limit`` was looked for."""
    page = found[:limit]
    onward = encode_mark(*mark(page[-1])) if len(found) > limit else None
    return {"items": [as_json(row) for row in page], "next_cursor": onward}


def decode_mark(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Moment and id of the row to go on after; ``None`` without a cursor.

    Raises:
        InvalidInput: it is none of ours.
    """
    if cursor is None:
        return None
    at, text = decode(cursor, 2)
    try:
        moment, identity = datetime.fromisoformat(at), UUID(text)
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone")
        return moment.astimezone(UTC), identity
    # Overflow: there is no year 0, so a zone can shift the first day out of the calendar.
    except (ValueError, OverflowError) as error:
        raise InvalidInput({"cursor": "not a cursor of this list"}) from error
