"""Who did what to which connection, from where: kept, shown to its user, and never with a secret in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Action(StrEnum):
    """Every deed that is written down. ``docs/audit.md`` tells the user what each of them means."""

    USER_REGISTERED = "user.registered"
    USER_LOGGED_IN = "user.logged_in"
    USER_LOGIN_FAILED = "user.login_failed"
    USER_LOGGED_OUT = "user.logged_out"
    USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 - what was done, not a password
    USER_CHANGED = "user.changed"
    USER_LINKED = "user.linked"
    CONNECTION_CONNECTED = "connection.connected"
    CONNECTION_RENEWED = "connection.renewed"
    CONNECTION_REFUSED = "connection.refused"
    CONNECTION_RENEWAL_REFUSED = "connection.renewal_refused"
    CONNECTION_CHANGED = "connection.changed"
    CONNECTION_REVOKED = "connection.revoked"
    CONNECTION_DISCONNECTED = "connection.disconnected"
    CONNECTION_ERASURE_REQUESTED = "connection.erasure_requested"
    CONNECTION_ERASED = "connection.erased"
    CONNECTION_PRIVACY_REQUESTED = "connection.privacy_requested"
    CONNECTION_EXPORTED = "connection.exported"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_DISCONNECTED = "account.disconnected"
    ACCOUNT_REGISTRATION_ASKED = "account.registration_asked"
    ACCOUNT_REGISTERED = "account.registered"
    DATA_PURGED = "data.purged"
    FIGURES_DIFFERED = "figures.differed"
    FIGURES_REPAIRED = "figures.repaired"
    REORDER_POINT_CHANGED = "reorder_point.changed"
    PROXY_CALLED = "proxy.called"
    API_KEY_CREATED = "key.created"
    API_KEY_DELETED = "key.deleted"
    KEY_ROTATED = "key.rotated"
    CLIENT_SECRET_RECEIVED = "client_secret.received"  # noqa: S105 - the name of a deed


@dataclass(frozen=True)
class AuditEntry:
    """One deed. ``actor`` is an e-mail, ``console`` (somebody who may run commands), ``system`` (our own work) or
    ``unknown``; ``address`` is where it came from, ``console`` for a command, and empty for our own work.

    ``user_id`` is whose it is; ``None`` for a deed on the installation itself, which only its operators see.

    ``action`` is one of ``Action``: dotted and in the past tense.
    """

    id: UUID
    at: datetime
    user_id: UUID | None
    action: str
    actor: str
    address: str
    connection_id: UUID | None = None
    details: Mapping[str, str] = field(default_factory=dict)
