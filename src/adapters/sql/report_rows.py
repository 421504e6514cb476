"""Reports as rows."""

from collections.abc import Mapping
from typing import Any

from adapters.sql.rows import failure_of, failure_values
from domain.connections.model import ConnectionId
from domain.reports.model import Place, Purpose, Report, ReportId, ReportRequest, ReportStatus
from domain.users.model import UserId


def report_values(report: Report) -> dict[str, Any]:
    """All columns of a report."""
    request = report.request
    return {
        "id": report.id,
        "connection_id": report.connection_id,
        "user_id": report.user_id,
        "purpose": report.purpose.value,
        "report_type": request.report_type,
        "marketplace_ids": list(request.marketplace_ids),
        "data_start": request.start,
        "data_end": request.end,
        "options": dict(request.options),
        "status": report.status.value,
        "created_at": report.created_at,
        "next_look_at": report.next_look_at,
        "asked_at": report.asked_at,
        "amazon_id": report.amazon_id,
        "document_id": report.document_id,
        "looks": report.looks,
        "failures": report.failures,
        "attempts": report.attempts,
        "media": report.media,
        "parts": report.parts,
        "size": report.size,
        "lines": report.lines,
        "place_part": report.place.part,
        "place_line": report.place.line,
        "records": report.records,
        "finished_at": report.finished_at,
        **failure_values(report.error),
    }


def report_of(row: Mapping[Any, Any]) -> Report:
    """The report in a row, which is given by the names of the columns."""
    return Report(
        id=ReportId(row["id"]),
        connection_id=ConnectionId(row["connection_id"]),
        user_id=UserId(row["user_id"]),
        purpose=Purpose(row["purpose"]),
        request=_request_of(row),
        status=ReportStatus(row["status"]),
        created_at=row["created_at"],
        next_look_at=row["next_look_at"],
        asked_at=row["asked_at"],
        amazon_id=row["amazon_id"],
        document_id=row["document_id"],
        looks=row["looks"],
        failures=row["failures"],
        attempts=row["attempts"],
        media=row["media"],
        parts=row["parts"],
        size=row["size"],
        lines=row["lines"],
        place=Place(row["place_part"], row["place_line"]),
        records=row["records"],
        finished_at=row["finished_at"],
        error=failure_of(row),
    )


def _request_of(row: Mapping[Any, Any]) -> ReportRequest:
    return ReportRequest(
        row["report_type"], tuple(row["marketplace_ids"]), row["data_start"], row["data_end"], row["options"]
    )
