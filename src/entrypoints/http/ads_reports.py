"""Reports of the Ads API: ask for one, see how all of them get on, take their rows away."""

import json
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.acting import acting_for
from domain.ads.accounts import AccountId
from domain.ads.report_checks import AdsReportWish
from domain.ads.report_desk import has_document
from domain.ads.reports import AdsPurpose, AdsReport, AdsReportId, AdsReportRequest, AdsReportStatus
from domain.errors import InvalidInput
from domain.users.model import UserId
from entrypoints.http import paging
from entrypoints.http.context import services, user
from entrypoints.http.csv_lines import csv_line
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Body, BodyDay, Id, Named, Query, body, query
from entrypoints.http.shapes import Json, failure_json, moment

bp = Blueprint("ads_reports", __name__, url_prefix="/api/v1/ads/reports")

_JSON, _CSV = "application/json", "text/csv"


class FilterBody(Body):
    """One filter, as Amazon has it."""

    field: str = Field(max_length=100)
    values: list[str] = Field(max_length=100)


class WhatBody(Body):
    """What a report is about, in Amazon's words; and whose it is: a profile, or any account by our id."""

    profile_id: Named | None = None
    account_id: Id | None = None
    report_type: str = Field(max_length=100)
    ad_product: str = Field(max_length=100)
    time_unit: str = Field(max_length=20)
    group_by: list[str] = Field(max_length=10)
    columns: list[str] = Field(max_length=200)
    filters: list[FilterBody] | None = Field(default=None, max_length=10)


class ReportBody(WhatBody):
    """Which report to ask for. Days are the profile's own."""

    start_date: BodyDay
    end_date: BodyDay


class ReportsQuery(PageQuery):
    """Which reports to list."""

    profile_id: Named | None = None
    report_type: Named | None = None
    status: AdsReportStatus | None = None
    purpose: AdsPurpose | None = None


class Format(StrEnum):
    """How rows may be had."""

    JSON = "json"
    CSV = "csv"


class DownloadQuery(Query):
    """In which form; without one, the ``Accept`` header says it."""

    format: Format | None = None


@bp.post("")
def ask() -> ResponseReturnValue:
    """Ask for a report; one that is the same and under way is returned, not doubled."""
    asked = body(ReportBody)
    wish = wish_of(asked, asked.start_date, asked.end_date)
    return report_json(services().ads_reports.ask(user().id, whose(asked), wish)), 202


@bp.get("")
def reports() -> ResponseReturnValue:
    """The user's reports, the newest first: asked for, scheduled, and for the figures."""
    asked = query(ReportsQuery)
    mark = paging.decode_mark(asked.cursor)
    found = services().ads_reports.reports(
        user().id,
        profile_id=asked.profile_id,
        report_type=asked.report_type,
        status=asked.status,
        purpose=asked.purpose,
        before=(mark[0], AdsReportId(mark[1])) if mark else None,
        limit=asked.limit + 1,
    )
    return paging.newest_first(found, asked.limit, lambda each: (each.created_at, each.id), report_json)


@bp.get("/<uuid:report_id>")
def report(report_id: UUID) -> ResponseReturnValue:
    """One report."""
    return report_json(services().ads_reports.report(user().id, AdsReportId(report_id)))


@bp.get("/<uuid:report_id>/download")
def download(report_id: UUID) -> ResponseReturnValue:
    """The rows, in the form that was asked for."""
    chosen = query(DownloadQuery).format or _accepted()
    found = services().ads_reports.finished(user().id, AdsReportId(report_id))
    media, write = (_CSV, _as_csv) if chosen is Format.CSV else (_JSON, _as_json)
    parts = services().ads_reports.document(found)
    # Passed through as it is: otherwise it would be gathered in memory, for its length to be known.
    response = Response(_for_user(user().id, write(found, parts)), mimetype=media, direct_passthrough=True)
    response.set_etag(f"{found.id}-{chosen.value}")
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "private, no-cache"
    days = f"{found.request.start}_{found.request.end}"
    name = f"{found.request.report_type}_{found.profile_id}_{days}.{chosen.value}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.make_conditional(request)
    return response


def whose(asked: WhatBody) -> "str | AccountId":
    """The profile's id, or ours of an account.

    Raises:
        InvalidInput: neither, or both.
    """
    if asked.profile_id is not None and asked.account_id is None:
        return asked.profile_id
    if asked.account_id is not None and asked.profile_id is None:
        return AccountId(asked.account_id)
    raise InvalidInput({"profile_id": "either this or account_id has to be given, and not both"})


def wish_of(asked: WhatBody, start: date, end: date) -> AdsReportWish:
    """What is wanted of these days."""
    return AdsReportWish(
        report_type=asked.report_type,
        ad_product=asked.ad_product,
        start=start,
        end=end,
        time_unit=asked.time_unit,
        group_by=tuple(asked.group_by),
        columns=tuple(asked.columns),
        filters=tuple((each.field, tuple(each.values)) for each in asked.filters or ()),
    )


def request_json(wanted: AdsReportRequest) -> Json:
    """What a report is about, but for its days."""
    return {
        "report_type": wanted.report_type,
        "ad_product": wanted.ad_product.value,
        "time_unit": wanted.time_unit.value,
        "group_by": list(wanted.group_by),
        "columns": list(wanted.columns),
        "filters": [{"field": name, "values": list(values)} for name, values in wanted.filters],
    }


def report_json(found: AdsReport) -> Json:
    """A report and how it gets on."""
    return {
        "id": str(found.id),
        "account_id": str(found.account_id),
        "profile_id": found.profile_id,
        **request_json(found.request),
        "start_date": found.request.start.isoformat(),
        "end_date": found.request.end.isoformat(),
        "status": found.status.value,
        "purpose": found.purpose.value,
        "schedule_id": None if found.schedule_id is None else str(found.schedule_id),
        "created_at": moment(found.created_at),
        "finished_at": moment(found.finished_at),
        "rows": found.rows,
        "size_bytes": found.size,
        "error": failure_json(found.error),
        "download_url": f"{bp.url_prefix}/{found.id}/download" if has_document(found) else None,
    }


def _accepted() -> Format:
    if not request.accept_mimetypes:
        return Format.JSON
    best = request.accept_mimetypes.best_match((_JSON, _CSV))
    if best is None:
        raise InvalidInput({"Accept": f"reports can be had as {_JSON} or {_CSV}"})
    return Format.CSV if best == _CSV else Format.JSON


def _as_json(_found: AdsReport, parts: Iterator[bytes]) -> Iterator[bytes]:
    """A list of the rows as they are stored."""
    opening = b"["
    for part in parts:
        yield opening + part.removesuffix(b"\n").replace(b"\n", b",\n")
        opening = b",\n"
    yield b"[]\n" if opening == b"[" else b"]\n"


def _as_csv(found: AdsReport, parts: Iterator[bytes]) -> Iterator[bytes]:
    """A line for each row, in the order of the columns that were asked for."""
    columns = found.request.columns
    yield csv_line(columns).encode()
    for part in parts:
        lines = []
        for text in part.splitlines():
            # Numbers stay as they were written.
            row = json.loads(text, parse_float=str, parse_int=str)
            lines.append(csv_line(_cell(row.get(name)) for name in columns))
        yield "".join(lines).encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _for_user(user_id: UserId, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces are drawn when the request is over: whoever reads for them says again for whom."""
    while True:
        with acting_for(user_id):
            piece = next(pieces, None)
        if piece is None:
            return
        if piece:
            yield piece
