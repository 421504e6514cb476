"""Amazon's reports: ask for one, and see how all of them get on."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, Field

from domain.connections.model import ConnectionId
from domain.marketplaces import MARKETPLACES
from domain.reports.desk import LONGEST_OPTION, MOST_OPTIONS, TYPE, ReportWish, has_document
from domain.reports.model import Purpose, Report, ReportId, ReportStatus
from entrypoints.http import paging
from entrypoints.http.answer_types import Answer, Uuid, When
from entrypoints.http.context import services, user
from entrypoints.http.described import described, gives, listed
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import ALL_PRINTED, Body, Id, Moment, Named, body, query
from entrypoints.http.shapes import FailureAnswer, failure_json, moment

bp = Blueprint("reports", __name__, url_prefix="/api/v1/amazon/reports")


class ReportBody(Body):
    """Which report to ask for."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["data_end_time"], "properties": {"data_end_time": {"type": "string"}}},
            "then": {"required": ["data_start_time"], "properties": {"data_start_time": {"type": "string"}}},
        }
    )

    report_type: str = Field(
        max_length=100,
        description="SP-API's, such as `GET_MERCHANT_LISTINGS_ALL_DATA`.",
        json_schema_extra={"pattern": f"^{TYPE.pattern}$"},
    )
    marketplace_ids: list[str] | None = Field(
        default=None,
        max_length=100,
        description="Of the connection; by default all of them.",
        json_schema_extra={"minItems": 1, "items": {"type": "string", "enum": [*sorted(MARKETPLACES)]}},
    )
    data_start_time: Moment | None = Field(
        default=None, description="At most 730 days ago, not in the future; by default Amazon's own choice."
    )
    data_end_time: Moment | None = Field(default=None, description="Likewise; not without a start.")
    report_options: dict[str, str] | None = Field(
        default=None,
        description="Amazon's, for this type; printable.",
        json_schema_extra={
            "maxProperties": MOST_OPTIONS,
            "propertyNames": {"minLength": 1, "maxLength": LONGEST_OPTION, "pattern": ALL_PRINTED},
            "additionalProperties": {"type": "string", "maxLength": LONGEST_OPTION, "pattern": ALL_PRINTED},
        },
    )
    connection_id: Id | None = Field(default=None, description="By default the default connection.")


class ReportsQuery(PageQuery):
    """Which reports to list."""

    connection_id: UUID | None = Field(default=None, description="Only this connection's.")
    report_type: Named | None = Field(default=None, description="Only those of this type.")
    status: ReportStatus | None = Field(default=None, description="Only those that stand so.")
    purpose: Purpose | None = Field(default=None, description="Only those that are there for this.")


class ReportAnswer(Answer):
    """A report and how it gets on."""

    id: Uuid
    connection_id: Uuid
    report_type: str
    marketplace_ids: list[str]
    data_start_time: When | None
    data_end_time: When | None
    report_options: dict[str, str]
    status: ReportStatus
    """`pending`: Amazon has not taken the request yet; `no_data`: it had nothing to tell."""
    purpose: Purpose
    """`asked`, by a user; `daily`, collected; orders of long ago (`history`) or of incomplete days (`repair`)."""
    created_at: When
    finished_at: When | None
    size_bytes: int
    """Of the document, unpacked; 0 before it is here."""
    lines: int
    """Of a table, without its header."""
    records: int
    """Orders that were taken over from it."""
    error: FailureAnswer | None
    download_url: str | None
    """The path of its document; null while there is none."""


@bp.post("")
@described(
    "Reports",
    gives(ReportAnswer, "The report; it is fetched in the background.", 202),
    body=ReportBody,
    example={"report_type": "GET_MERCHANT_LISTINGS_ALL_DATA"},
    errors=(
        *("forbidden", "not_found", "conflict"),
        *("amazon_not_connected", "amazon_reauthorization_required"),
    ),
)
def ask() -> ResponseReturnValue:
    """Ask for a report; one that is the same and under way is returned, not doubled.

    Those that name buyers are ``forbidden``. 409 with 100 of one seller under way.
    """
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
@described("Reports", listed(ReportAnswer, "A page of them."), query=ReportsQuery, errors=("not_found",))
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
@described("Reports", gives(ReportAnswer, "The report."), path={"report_id": "The report's id."})
def report(report_id: UUID) -> ResponseReturnValue:
    """One report."""
    return report_json(services().reports.report(user().id, ReportId(report_id)))


def report_json(report: Report) -> ReportAnswer:
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
        "status": report.status,
        "purpose": report.purpose,
        "created_at": moment(report.created_at),
        "finished_at": moment(report.finished_at),
        "size_bytes": report.size,
        "lines": report.lines,
        "records": report.records,
        "error": failure_json(report.error),
        "download_url": f"{bp.url_prefix}/{report.id}/download" if has_document(report) else None,
    }
