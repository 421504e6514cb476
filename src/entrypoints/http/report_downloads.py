"""Documents of reports: as Amazon made them, as CSV or as JSON, streamed from where they are stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.acting import acting_for
from domain.errors import InvalidInput
from domain.reports.model import SALES_AND_TRAFFIC, Report, ReportId, ReportStatus
from domain.users.model import UserId
from entrypoints.http.context import services, user
from entrypoints.http.described import CSV, JSON, TABLE, TEXT, XML, as_file, described
from entrypoints.http.reading import Query, query
from entrypoints.http.report_sections import WHOLE, outline, section_as_csv, section_as_json
from entrypoints.http.report_tables import table_as_csv, table_as_json

bp = Blueprint("report_downloads", __name__, url_prefix="/api/v1/amazon/reports")

_ENDINGS = {TABLE: "tsv", JSON: "json", CSV: "csv", XML: "xml"}
#: Short names of what is asked for most.
_SECTIONS = {
    SALES_AND_TRAFFIC: {"by_date": "salesAndTrafficByDate", "by_asin": "salesAndTrafficByAsin"},
}


class ReportForm(StrEnum):
    """How a document may be had."""

    RAW = "raw"  # as Amazon made it
    CSV = "csv"
    JSON = "json"


class DownloadQuery(Query):
    """In which form; without one, the ``Accept`` header says it."""

    format: ReportForm | None = Field(
        default=None, description="`raw`: as Amazon made it. XML and plain text can be had as `raw` only."
    )
    section: str | None = Field(
        default=None,
        description="Of a document in JSON, one list of it by its name; `by_date` or `by_asin` of sales and traffic.",
    )


@dataclass(frozen=True)
class Parcel:
    """What is sent: of which media type, under which name and tag, and how to come by it."""

    media: str
    mark: str
    pieces: Callable[[], Iterator[bytes]]


@bp.get("/<uuid:report_id>/download")
@described(
    "Reports",
    *as_file("The document.", TABLE, JSON, CSV, XML, TEXT),
    query=DownloadQuery,
    errors=("conflict", "amazon_error"),
    path={"report_id": "The report's id."},
)
def download(report_id: UUID) -> ResponseReturnValue:
    """The document of a report, in the form that was asked for.

    409 while it is not here, and when the report has failed; 404 for one whose orders were taken over. ``amazon_error``
    for what Amazon calls JSON and is none.
    """
    asked = query(DownloadQuery)
    found = services().reports.finished(user().id, ReportId(report_id))
    media = found.media or _media_of_nothing(found)
    chosen = asked.format or _accepted(media)
    parcel = _parcel(found, media, chosen, asked.section)
    name = f"{found.request.report_type}_{found.created_at:%Y-%m-%d}{parcel.mark}_{str(found.id)[:8]}"
    # Passed through as it is: otherwise it would be gathered in memory, for its length to be known.
    pieces = _for_user(user().id, parcel.pieces())
    response = Response(pieces, mimetype=parcel.media, direct_passthrough=True)
    response.set_etag(f"{found.id}-{chosen.value}{parcel.mark}")
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"{name}.{_ENDINGS.get(parcel.media, 'txt')}"
    )
    response.make_conditional(request)
    return response


def _for_user(user_id: UserId, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces are drawn when the request is over: whoever reads for them says again for whom."""
    while True:
        with acting_for(user_id):
            piece = next(pieces, None)
        if piece is None:
            return
        if piece:
            yield piece


def _accepted(media: str) -> ReportForm:
    """The form that the ``Accept`` header asks for.

    Raises:
        InvalidInput: none of those that there are.
    """
    offers = {media: ReportForm.RAW}
    if media in (TABLE, JSON):
        offers |= {CSV: ReportForm.CSV, JSON: offers.get(JSON, ReportForm.JSON)}
    if not request.accept_mimetypes:
        return ReportForm.RAW
    best = request.accept_mimetypes.best_match(list(offers))
    if best is None:
        raise InvalidInput({"Accept": f"this document can be had as {', '.join(offers)}"})
    return offers[best]


def _parcel(report: Report, media: str, chosen: ReportForm, section: str | None) -> Parcel:
    document = partial(services().reports.document, report)
    if report.status is ReportStatus.NO_DATA:
        return _nothing(media, chosen)
    if media == JSON and section is None and chosen is not ReportForm.CSV:
        return Parcel(media, "", document)
    if media == JSON:
        return _section(report, document, section, chosen)
    if section is not None:
        raise InvalidInput({"section": "only documents in JSON have sections"})
    if chosen is ReportForm.RAW:
        return Parcel(media, "", document)
    if media != TABLE:
        raise InvalidInput({"format": f"this document is {media}, and can only be had as it came (raw)"})
    if chosen is ReportForm.CSV:
        return Parcel(CSV, "", lambda: table_as_csv(document()))
    return Parcel(JSON, "", lambda: table_as_json(document()))


def _nothing(media: str, chosen: ReportForm) -> Parcel:
    """A table without lines, whatever was asked for: nobody knows its header."""
    sent = {ReportForm.RAW: media, ReportForm.CSV: CSV, ReportForm.JSON: JSON}[chosen]
    return Parcel(sent, "", lambda: iter((b"[]\n",) if sent == JSON else ()))


def _section(
    report: Report, document: Callable[[], Iterator[bytes]], wanted: str | None, chosen: ReportForm
) -> Parcel:
    lists = outline(document())
    name = _named(report.request.report_type, lists, wanted)
    mark = f"_{wanted}" if wanted else ""
    if chosen is ReportForm.CSV:
        return Parcel(CSV, mark, lambda: section_as_csv(document(), name, lists.get(name, [])))
    return Parcel(JSON, mark, lambda: section_as_json(document(), name))


def _named(report_type: str, lists: dict[str, list[str]], wanted: str | None) -> str:
    """The name in the document of the list that is wanted; by default the first one that says anything."""
    short = _SECTIONS.get(report_type, {})
    if not lists:
        raise InvalidInput({"format": "this document has no lists in it: it can only be had as JSON"})
    if wanted is None:
        usual = [name for name in short.values() if name in lists]
        return next(iter([*usual, *(name for name, columns in lists.items() if columns), *lists]))
    name = short.get(wanted, wanted)
    if name not in lists or name == WHOLE:
        there = [*(brief for brief, full in short.items() if full in lists), *filter(None, lists)]
        problem = f"this document has {', '.join(there)}" if there else "this document has no sections"
        raise InvalidInput({"section": problem})
    return name


def _media_of_nothing(report: Report) -> str:
    """What a document would have been, had there been anything to tell."""
    return JSON if report.request.report_type == SALES_AND_TRAFFIC else TABLE
