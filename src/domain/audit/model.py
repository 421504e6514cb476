"""Who did what to which connection, from where: kept, shown to its user, and never with a secret in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class AuditEntry:
    """One deed. ``actor`` is an e-mail or ``system``; ``address`` is empty for our own work.

    ``user_id`` is whose it is; ``None`` for a deed on the installation itself, which only its operators see.

    ``action`` is dotted and in the past tense: ``connection.connected``, ``user.registered``.
    """

    id: UUID
    at: datetime
    user_id: UUID | None
    action: str
    actor: str
    address: str
    connection_id: UUID | None = None
    details: Mapping[str, str] = field(default_factory=dict)
