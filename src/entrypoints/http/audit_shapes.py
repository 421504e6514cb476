"""The audit log as JSON."""

from domain.audit.model import AuditEntry
from entrypoints.http.answer_types import Answer, Uuid, When
from entrypoints.http.shapes import moment


class AuditEntryAnswer(Answer):
    """One line of the audit log."""

    id: Uuid
    at: When
    action: str
    """What was done, such as ``connection.connected``. There may be more of them some day."""
    actor: str
    """An e-mail; ``console`` for who may run commands; ``system`` for our own work; or ``unknown``."""
    connection_id: Uuid | None
    """``null``: it is about no connection."""
    address: str
    """Where it came from: an IP address, ``console`` for a command, empty for our own work."""
    details: dict[str, str]
    """What belongs to the deed."""


def entry_json(entry: AuditEntry) -> AuditEntryAnswer:
    """One line of the audit log."""
    return {
        "id": str(entry.id),
        "at": moment(entry.at),
        "action": str(entry.action),
        "actor": entry.actor,
        "connection_id": str(entry.connection_id) if entry.connection_id else None,
        "address": entry.address,
        "details": dict(entry.details),
    }
