"""Reports of the Ads API: ask for one, see how all of them get on, take their rows away."""

import json
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, Field

from domain.acting import acting_for
from domain.ads.accounts import AccountId
from domain.ads.columns import KINDS
from domain.ads.report_checks import AdsReportWish
from domain.ads.reports import (
    AdProduct,
    AdsPurpose,
    AdsReport,
    AdsReportId,
    AdsReportStatus,
    TimeUnit,
)
from domain.errors import InvalidInput
from domain.users.model import UserId
from entrypoints.http import paging
from entrypoints.http.ads_report_shapes import ADDRESS, AdsReportAnswer, report_json
from entrypoints.http.context import services, user
from entrypoints.http.csv_lines import csv_line
from entrypoints.http.described import CSV, JSON, as_file, described, gives, listed
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Body, BodyDay, Id, Named, Query, body, query

bp = Blueprint("ads_reports", __name__, url_prefix=ADDRESS)


class FilterBody(Body):
    """One filter, as Amazon has it; only with a single ``group_by``."""

    field: str = Field(max_length=100)
    values: list[str] = Field(
        max_length=100,
        json_schema_extra={"minItems": 1, "items": {"type": "string", "pattern": "^[!-~]{1,100}$"}},
    )


class AdsWhatBody(Body):
    """What a report is about, in Amazon's words; and whose it is: a profile, or any account by our id."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("profile_id", "account_id")
            ]
        }
    )

    profile_id: Named | None = Field(default=None, description="Amazon's id of a profile.")
    account_id: Id | None = Field(
        default=None, description="Our id of a profile, or of an advertiser of DSP; one of the two is given."
    )
    report_type: str = Field(max_length=100, json_schema_extra={"enum": [*KINDS]})
    ad_product: str = Field(
        max_length=100, description="The one of the type.", json_schema_extra={"enum": [*AdProduct]}
    )
    time_unit: str = Field(
        max_length=20,
        description="`DAILY` needs the column `date`, which `SUMMARY` must not have.",
        json_schema_extra={"enum": [*TimeUnit]},
    )
    group_by: list[str] = Field(
        max_length=10, description="Those that the type has.", json_schema_extra={"minItems": 1}
    )
    columns: list[str] = Field(
        max_length=200, description="Those that the type has by these.", json_schema_extra={"minItems": 1}
    )
    filters: list[FilterBody] | None = Field(default=None, max_length=10)


class AdsReportBody(AdsWhatBody):
    """Which report to ask for. Days are the profile's own."""

    start_date: BodyDay = Field(description="As far back as Amazon keeps the type, at most.")
    end_date: BodyDay = Field(description="Included; not in the future.")


class AdsReportsQuery(PageQuery):
    """Which reports to list."""

    profile_id: Named | None = Field(
        default=None, description="Only those of this profile or advertiser, by Amazon's id."
    )
    report_type: Named | None = Field(default=None, description="Only those of this type.")
    status: AdsReportStatus | None = Field(default=None, description="Only those that stand so.")
    purpose: AdsPurpose | None = Field(default=None, description="Only those that are there for this.")


class AdsReportForm(StrEnum):
    """How rows may be had."""

    JSON = "json"
    CSV = "csv"


class AdsDownloadQuery(Query):
    """In which form; without one, the ``Accept`` header says it."""

    format: AdsReportForm | None = None


#: What keeps somebody from asking for a report.
CANNOT_ASK = ("not_found", "conflict", "ads_not_connected", "ads_reauthorization_required")
_REPORT = {"report_id": "The report's id."}


@bp.post("")
@described(
    "Advertising reports",
    gives(AdsReportAnswer, "The report; it is fetched in the background.", 202),
    body=AdsReportBody,
    example={
        "profile_id": "111",
        "report_type": "spCampaigns",
        "ad_product": "SPONSORED_PRODUCTS",
        "time_unit": "DAILY",
        "group_by": ["campaign"],
        "columns": ["date", "campaignId", "clicks", "cost"],
        "start_date": "2026-03-01",
        "end_date": "2026-03-07",
    },
    errors=CANNOT_ASK,
)
def ask() -> ResponseReturnValue:
    """Ask for a report; one that is the same and under way is returned, not doubled.

    400 names every field that Amazon would refuse. 409 for an account that is not synced, and with 100 under way.
    """
    asked = body(AdsReportBody)
    wish = wish_of(asked, asked.start_date, asked.end_date)
    return report_json(services().ads_reports.ask(user().id, whose(asked), wish)), 202


@bp.get("")
@described("Advertising reports", listed(AdsReportAnswer, "A page of them."), query=AdsReportsQuery)
def reports() -> ResponseReturnValue:
    """The user's reports, the newest first: asked for, scheduled, and for the figures."""
    asked = query(AdsReportsQuery)
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
@described("Advertising reports", gives(AdsReportAnswer, "The report."), path=_REPORT)
def report(report_id: UUID) -> ResponseReturnValue:
    """One report."""
    return report_json(services().ads_reports.report(user().id, AdsReportId(report_id)))


@bp.get("/<uuid:report_id>/download")
@described(
    "Advertising reports",
    *as_file("The rows: a list of objects, or a line for each.", JSON, CSV),
    query=AdsDownloadQuery,
    errors=("conflict",),
    path=_REPORT,
)
def download(report_id: UUID) -> ResponseReturnValue:
    """The rows of a report, in the form that was asked for.

    409 while they are not here, and when the report has failed; 404 for one whose rows went into the figures.
    """
    chosen = query(AdsDownloadQuery).format or _accepted()
    found = services().ads_reports.finished(user().id, AdsReportId(report_id))
    media, write = (CSV, _as_csv) if chosen is AdsReportForm.CSV else (JSON, _as_json)
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


def whose(asked: AdsWhatBody) -> "str | AccountId":
    """The profile's id, or ours of an account.

    Raises:
        InvalidInput: neither, or both.
    """
    if asked.profile_id is not None and asked.account_id is None:
        return asked.profile_id
    if asked.account_id is not None and asked.profile_id is None:
        return AccountId(asked.account_id)
    raise InvalidInput({"profile_id": "either this or account_id has to be given, and not both"})


def wish_of(asked: AdsWhatBody, start: date, end: date) -> AdsReportWish:
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


def _accepted() -> AdsReportForm:
    if not request.accept_mimetypes:
        return AdsReportForm.JSON
    best = request.accept_mimetypes.best_match((JSON, CSV))
    if best is None:
        raise InvalidInput({"Accept": f"reports can be had as {JSON} or {CSV}"})
    return AdsReportForm.CSV if best == CSV else AdsReportForm.JSON


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
