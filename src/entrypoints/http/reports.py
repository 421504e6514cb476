"""Amazon's reports: ask for one, and see how all of them get on."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.connections.model import ConnectionId
from domain.reports.desk import ReportWish, has_document
from domain.reports.model import Purpose, Report, ReportId, ReportStatus
from entrypoints.http import paging
from entrypoints.http.context import services, user
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Body, Id, Moment, body, query
from entrypoints.http.shapes import Json, failure_json, moment

bp = Blueprint("reports", __name__, url_prefix="/api/v1/amazon/reports")


class ReportBody(Body):
    """Which report to ask for."""

    report_type: str = Field(max_length=100)
    marketplace_ids: list[str] | None = Field(default=None, max_length=100)
    data_start_time: Moment | None = None
    data_end_time: Moment | None = None
    report_options: dict[str, str] | None = None
    connection_id: Id | None = None


class ReportsQuery(PageQuery):
    """Which reports to list."""

    connection_id: UUID | None = None
    report_type: str | None = None
    status: ReportStatus | None = None
    purpose: Purpose | None = None


@bp.post("")
def ask() -> ResponseReturnValue:
    """Ask for a report; one that is the same and under way is returned, not doubled."""
    asked = body(ReportBody)
    wish = ReportWish(
        report_type=asked.report_type,
        connection_id=ConnectionId(asked.connection_id) if asked.connection_id else None,
        marketplace_ids=None if asked.marketplace_ids is None else tuple(asked.marketplace_ids),
        start=asked.data_start_time,
        end=asked.data_end_time,
        options=asked.report_options,
    )
    return report_json(services().reports.ask(user().id, wish)), 202


@bp.get("")
def reports() -> ResponseReturnValue:
    """The user's reports, the newest first: asked for, and collected."""
    asked = query(ReportsQuery)
    mark = paging.decode_mark(asked.cursor)
    found = services().reports.reports(
        user().id,
        connection_id=ConnectionId(asked.connection_id) if asked.connection_id else None,
        report_type=asked.report_type,
        status=asked.status,
        purpose=asked.purpose,
        before=(mark[0], ReportId(mark[1])) if mark else None,
        limit=asked.limit + 1,
    )
    return paging.newest_first(found, asked.limit, lambda each: (each.created_at, each.id), report_json)


@bp.get("/<uuid:report_id>")
def report(report_id: UUID) -> ResponseReturnValue:
    """One report."""
    return report_json(services().reports.report(user().id, ReportId(report_id)))


def report_json(report: Report) -> Json:
    """A report and how it gets on."""
    request = report.request
    return {
        "id": str(report.id),
        "connection_id": str(report.connection_id),
        "report_type": request.report_type,
        "marketplace_ids": list(request.marketplace_ids),
        "data_start_time": moment(request.start),
        "data_end_time": moment(request.end),
        "report_options": dict(request.options),
        "status": report.status.value,
        "purpose": report.purpose.value,
        "created_at": moment(report.created_at),
        "finished_at": moment(report.finished_at),
        "size_bytes": report.size,
        "lines": report.lines,
        "records": report.records,
        "error": failure_json(report.error),
        "download_url": f"{bp.url_prefix}/{report.id}/download" if has_document(report) else None,
    }
