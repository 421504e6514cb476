"""Every call to a store leaves one line in the log and one count: never a header, a variable or a body."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from domain.connections.model import Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoreCalls:
    """``counted`` is told the operation's name, its method, how it went, how long it took, and which attempt it was."""

    counted: Callable[[str, str, str, float, int], None]

    def answered(
        self,
        name: str,
        shop: str,
        connection: Connection | None,
        status: int,
        seconds: float,
        attempt: int,
        request_id: str | None,
    ) -> None:
        """Shopify answered, whatever it said."""
        self.counted(name, "POST", str(status), seconds, attempt)
        level = logging.INFO if status < 400 else logging.WARNING
        about = _about(name, shop, connection, seconds)
        log.log(
            level, "shopify answered", extra={**about, "status": status, "shopify_request_id": request_id}
        )

    def failed(
        self,
        name: str,
        shop: str,
        connection: Connection | None,
        cause: str,
        seconds: float,
        attempt: int,
    ) -> None:
        """No answer came; ``cause`` is the error's name."""
        self.counted(name, "POST", cause, seconds, attempt)
        log.warning(
            "shopify did not answer", extra={**_about(name, shop, connection, seconds), "cause": cause}
        )


def _about(name: str, shop: str, connection: Connection | None, seconds: float) -> dict[str, object]:
    connection_id: UUID | None = connection.id if connection else None
    return {
        "operation": name,
        "shop": shop,
        "connection_id": str(connection_id) if connection_id else None,
        "seconds": round(seconds, 3),
    }
