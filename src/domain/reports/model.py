"""Reports that Amazon makes on request: asked for once, followed, stored.

Source: SP-API, Reports 2021-06-30.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.connections.model import ConnectionId, Failure
from domain.users.model import UserId

ReportId = NewType("ReportId", UUID)

#: Orders with their lines, by the day they were placed: what history is fetched by.
ORDERS_BY_DATE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
SALES_AND_TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
#: Made by Amazon with each settlement; it can't be asked for.
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"


class Purpose(StrEnum):
    """Why a report is there."""

    ASKED = "asked"  # a user wanted it
    DAILY = "daily"  # collected for every seller
    HISTORY = "history"  # orders from before the connection
    REPAIR = "repair"  # orders of days that turned out to be incomplete

    @property
    def is_imported(self) -> bool:
        """Whether its orders are taken over, after which the document is of no use any more."""
        return self in (Purpose.HISTORY, Purpose.REPAIR)


class ReportStatus(StrEnum):
    """Where a report stands."""

    PENDING = "pending"  # Amazon has not taken the request yet
    PROCESSING = "processing"  # Amazon makes it, or we are fetching it
    COMPLETED = "completed"
    NO_DATA = "no_data"  # Amazon had nothing to tell
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether something will still be done about it."""
        return self in (ReportStatus.PENDING, ReportStatus.PROCESSING)


@dataclass(frozen=True)
class ReportRequest:
    """What is asked of Amazon. Times are aware; ``start`` and ``end`` are as ``dataStartTime`` and ``dataEndTime``."""

    report_type: str
    marketplace_ids: tuple[str, ...]
    start: datetime | None = None
    end: datetime | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """How far a stored document has been imported: so many parts, and so many lines of the next one."""

    part: int = 0
    line: int = 0


@dataclass(frozen=True)
class Report:
    """One report and its way to its end.

    ``asked_at`` is written before Amazon is asked: a report that has it and no ``amazon_id`` has to be looked for
    before it is asked for again. ``next_look_at`` is when there is something to be done about it.
    """

    id: ReportId
    connection_id: ConnectionId
    user_id: UserId
    purpose: Purpose
    request: ReportRequest
    status: ReportStatus
    created_at: datetime
    next_look_at: datetime | None
    asked_at: datetime | None = None
    amazon_id: str | None = None
    document_id: str | None = None
    looks: int = 0  # at how it gets on
    failures: int = 0  # in a row
    attempts: int = 0  # that came to nothing at Amazon, so that it was asked for again
    media: str | None = None  # of the stored document
    parts: int | None = None  # of the document; None until all of it is stored
    size: int = 0  # bytes stored, unpacked
    lines: int = 0  # of a table, without its header
    place: Place = Place()
    records: int = 0  # orders taken over
    finished_at: datetime | None = None
    error: Failure | None = None


def turn(report: Report) -> tuple[int, float, datetime, ReportId]:
    """The order in which reports are worked on: what users wait for first, and the newest data first."""
    newest = report.request.end or report.created_at
    return _TURNS.index(report.purpose), -newest.timestamp(), report.created_at, report.id


#: Usage plans are narrow: what the figures are made of goes before what is only kept.
_TURNS = (Purpose.ASKED, Purpose.REPAIR, Purpose.HISTORY, Purpose.DAILY)


class Stage(StrEnum):
    """How Amazon says that a report stands (``processingStatus``)."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"  # cancelled, or no data to return: not an error
    FATAL = "FATAL"

    @property
    def is_over(self) -> bool:
        """Whether it will not change any more."""
        return self in (Stage.DONE, Stage.CANCELLED, Stage.FATAL)


@dataclass(frozen=True)
class Look:
    """A report at Amazon. ``document_id`` is there when there is a document; that of a FATAL one explains it."""

    amazon_id: str
    stage: Stage
    document_id: str | None
    request: ReportRequest
    created_at: datetime
