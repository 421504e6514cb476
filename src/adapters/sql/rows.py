"""Small shapes that several tables share."""

from collections.abc import Mapping
from typing import Any

from domain.connections.model import Failure

#: The columns in which a failure is kept.
FAILURE_COLUMNS = ("error_code", "error_message", "error_at", "error_request_id")


def failure_values(failure: Failure | None) -> dict[str, object]:
    """What the columns of a failure hold."""
    if failure is None:
        return dict.fromkeys(FAILURE_COLUMNS)
    return dict(
        zip(FAILURE_COLUMNS, (failure.code, failure.message, failure.at, failure.request_id), strict=True)
    )


def failure_of(row: Mapping[Any, Any]) -> Failure | None:
    """The failure in a row, if there is one."""
    if row["error_code"] is None:
        return None
    return Failure(row["error_code"], row["error_message"], row["error_at"], row["error_request_id"])
