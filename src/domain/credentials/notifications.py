"""What Amazon's notifications say of the client's secrets: text in, our words out.

Source: SP-API documentation, "Notification Type Values": ``APPLICATION_OAUTH_CLIENT_NEW_SECRET`` and
``APPLICATION_OAUTH_CLIENT_SECRET_EXPIRY``. Older types write the names of the envelope in PascalCase, newer ones in
camelCase; through EventBridge the whole comes inside ``detail``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domain.credentials.model import ComingExpiry, Rotation

NEW_SECRET = "APPLICATION_OAUTH_CLIENT_NEW_SECRET"  # noqa: S105 - the name of a type
SECRET_EXPIRY = "APPLICATION_OAUTH_CLIENT_SECRET_EXPIRY"  # noqa: S105 - the name of a type

#: As much as a queue's message can hold.
_LONGEST_BODY = 2**20
_ID = re.compile(r"[!-~]{1,255}")
_SECRET = re.compile(r"[!-~]{8,512}")
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_YEARS = range(2020, 2100)

_Object = Mapping[str, object]


class Malformed(Exception):
    """Not a notification, or not as its type promises. The words tell what, and quote no value."""


@dataclass(frozen=True)
class Notification:
    """One notification. ``news`` is ``None`` for a type that says nothing of client secrets: it keeps its ``payload``."""

    type: str
    id: str  # Amazon's own; empty where it named none
    news: Rotation | ComingExpiry | None
    payload: object = field(default=None, repr=False)


def read(body: str) -> Notification:
    """The notification in a message.

    Raises:
        Malformed: it is none.
    """
    envelope = _names_in_lower_case(_unwrapped(_object(body)))
    kind = envelope.get("notificationtype")
    if not isinstance(kind, str) or not _WORD.fullmatch(kind):
        raise Malformed("it has no notificationType")
    metadata = envelope.get("notificationmetadata")
    named = _names_in_lower_case(metadata).get("notificationid") if isinstance(metadata, dict) else None
    payload = envelope.get("payload")
    news = _news(kind, payload)
    return Notification(
        kind,
        named if isinstance(named, str) and _WORD.fullmatch(named) else "",
        news,
        payload if news is None else None,
    )


def _news(kind: str, payload: object) -> Rotation | ComingExpiry | None:
    if kind == NEW_SECRET:
        told = part(payload, "applicationOAuthClientNewSecret")
        return Rotation(
            client_id=_text(told, "clientId", _ID),
            secret=_text(told, "newClientSecret", _SECRET),
            expires_at=_moment(told, "newClientSecretExpiryTime"),
            old_expires_at=_optional_moment(told, "oldClientSecretExpiryTime"),
        )
    if kind == SECRET_EXPIRY:
        told = part(payload, "applicationOAuthClientSecretExpiry")
        return ComingExpiry(_text(told, "clientId", _ID), _moment(told, "clientSecretExpiryTime"))
    return None


def _object(body: str) -> _Object:
    if len(body) > _LONGEST_BODY:
        raise Malformed("it is too long")
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("it is not JSON") from error
    if not isinstance(read, dict):
        raise Malformed("it is not a JSON object")
    return read


def _unwrapped(envelope: _Object) -> _Object:
    detail = envelope.get("detail")
    return detail if isinstance(detail, dict) else envelope


def _names_in_lower_case(envelope: _Object) -> _Object:
    return {name.lower(): value for name, value in envelope.items()}


def part(payload: object, name: str) -> Mapping[str, object]:
    """What a payload holds under this name, in either spelling.

    Raises:
        Malformed: no object.
    """
    found = _names_in_lower_case(payload).get(name.lower()) if isinstance(payload, dict) else None
    if not isinstance(found, dict):
        raise Malformed(f"its payload has no {name}")
    return found


def _text(told: _Object, name: str, pattern: re.Pattern[str]) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed(f"{name} is missing, or is none")
    return value


def _optional_moment(told: _Object, name: str) -> datetime | None:
    return None if told.get(name) is None else _moment(told, name)


def _moment(told: _Object, name: str) -> datetime:
    value = told.get(name)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in _YEARS:
        raise Malformed(f"{name} is missing, or is no moment with its zone")
    return moment.astimezone(UTC)
