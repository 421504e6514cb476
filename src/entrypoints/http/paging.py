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


def decode_of(kind: str, cursor: str, length: int) -> list[str]:
    """The texts of a cursor whose first one says of which ``kind`` its list is, without that one.

    Raises:
        InvalidInput: it is another list's, or none of ours.
    """
    said, *parts = decode(cursor, length + 1)
    if said != kind:
        raise InvalidInput({"cursor": "not a cursor of this list"})
    return parts


def can_be_kept(text: str) -> bool:
    """Whether a database takes it for a text."""
    return "\0" not in text and text.encode(errors="replace").decode() == text


def encode_mark(at: datetime, identity: UUID) -> str:
    """A cursor of a list that is ordered by moment and id, after this row."""
    return encode(at.isoformat(), str(identity))


def cut(
    found: Sequence[Row],
    limit: int,
    after: Callable[[Row], str],
    as_json: Callable[[Row], Mapping[str, Any]],
) -> dict[str, Any]:
    """A page of a list of which one row more than ``limit`` was looked for; ``after`` makes the cursor behind a row."""
    page = found[:limit]
    onward = after(page[-1]) if len(found) > limit else None
    return {"items": [as_json(row) for row in page], "next_cursor": onward}


def newest_first(
    found: Sequence[Row],
    limit: int,
    mark: Callable[[Row], tuple[datetime, UUID]],
    as_json: Callable[[Row], Mapping[str, Any]],
) -> dict[str, Any]:
    """A page of a list that is ordered by moment and id: one row more than ``limit`` was looked for."""
    return cut(found, limit, lambda row: encode_mark(*mark(row)), as_json)


def decode_mark(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Moment and id of the row to go on after; ``None`` without a cursor.

    Raises:
        InvalidInput: it is none of ours.
    """
    if cursor is None:
        return None
    return as_mark(*decode(cursor, 2))


def as_mark(at: str, text: str) -> tuple[datetime, UUID]:
    """Moment and id from the texts of a cursor.

    Raises:
        InvalidInput: they are none.
    """
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone")
        return moment.astimezone(UTC), as_id(text)
    # Overflow: there is no year 0, so a zone can shift the first day out of the calendar.
    except (ValueError, OverflowError) as error:
        raise InvalidInput({"cursor": "not a cursor of this list"}) from error


def as_id(text: str) -> UUID:
    """An id from a text of a cursor.

    Raises:
        InvalidInput: it is none.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput({"cursor": "not a cursor of this list"}) from error
