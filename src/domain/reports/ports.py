"""What the reports' subject asks of the world."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.connections.model import Connection, ConnectionId
from domain.orders.model import Order
from domain.reports.model import Look, Place, Purpose, Report, ReportId, ReportRequest, ReportStatus
from domain.users.model import UserId


@dataclass(frozen=True)
class Document:
    """A document that is being fetched, in UTF-8 and without what would name a buyer.

    ``media`` is ``text/tab-separated-values``, ``application/json``, ``text/xml`` or ``text/plain``. ``parts`` are at
    most a mebibyte each; those of a table end where a line ends, the first line of the first one is the header.
    """

    media: str
    parts: Iterator[bytes]


class ReportChannel(Protocol):
    """Reports at Amazon, for background work. Everything raises the gateway's errors (``ChannelError`` and kin)."""

    def create(self, connection: Connection, request: ReportRequest) -> str:
        """Ask for a report; returns Amazon's id. Not to be repeated blindly: it makes another one.

        Source: SP-API, ``createReport``.
        """

    def recent(self, connection: Connection, report_type: str, since: datetime) -> list[Look]:
        """The seller's reports of a type that were made since then, the newest first, to the last page.

        Source: SP-API, ``getReports``.
        """

    def look(self, connection: Connection, amazon_id: str) -> Look:
        """How a report stands.

        Raises:
            NotFound: Amazon does not know it any more.

        Source: SP-API, ``getReport``.
        """

    def document(
        self, connection: Connection, document_id: str, request: ReportRequest
    ) -> AbstractContextManager[Document]:
        """Open a document. While ``parts`` are drawn, whatever may go wrong on the way is raised by them.

        A signed address that has run out is asked for again.

        Source: SP-API, ``getReportDocument``, and the signed address that it names.
        """

    def explanation(self, connection: Connection, document_id: str) -> str:
        """What the document of a FATAL report says; empty when it says nothing."""


class OrderReader(Protocol):
    """Reads orders out of the stored document of an order report."""

    def orders(self, header: str, lines: Iterable[str]) -> Iterator[tuple[Order, int]]:
        """Each order with how many lines it took: lines of one order that stand together are one.

        An item's id ends with ``#`` and the number that it has among the order's lines of the same kind.

        Raises:
            UpstreamFailed: a column is missing without which there are no orders, or a line can't be right.
        """


class ReportBook(Protocol):
    """All reports, and the documents that are stored of them."""

    def add(self, new: Sequence[Report]) -> None:
        """Keep new reports."""

    def save(self, report: Report) -> None:
        """Replace what is kept of a report.

        Raises:
            NotFound: it is gone, with its connection.
        """

    def same(self, report: Report) -> Report | None:
        """An open report of the same connection and purpose that asks the same."""

    def get(self, user_id: UserId, report_id: ReportId) -> Report:
        """Raises NotFound: none, or somebody else's."""

    def of_user(
        self,
        user_id: UserId,
        *,
        connection_id: ConnectionId | None = None,
        report_type: str | None = None,
        status: ReportStatus | None = None,
        purpose: Purpose | None = None,
        before: tuple[datetime, ReportId] | None = None,
        limit: int = 50,
    ) -> list[Report]:
        """The user's reports, the newest first (by ``created_at``, then id), older than ``before`` when given."""

    def open_of(self, connection_id: ConnectionId) -> list[Report]:
        """The connection's open reports, in the order in which they are to be worked on.

        What users asked for comes first, then repairs, history, and what is collected daily; the newest data first.
        """

    def of_purpose(
        self, connection_id: ConnectionId, *purposes: Purpose, since: datetime | None = None
    ) -> list[Report]:
        """All reports of these purposes, open or not, the newest data first; those made since then, when given."""

    def amazon_ids(self, connection_id: ConnectionId, report_type: str) -> Collection[str]:
        """Amazon's ids of the reports that are kept of this type."""

    def put_part(self, report: Report, number: int, data: bytes) -> None:
        """Keep (or replace) a part of a document, packed."""

    def part(self, report_id: ReportId, number: int) -> bytes | None:
        """A part of a document as it was given."""

    def drop_parts(self, report_id: ReportId) -> int:
        """Forget the document; returns how many parts it had."""

    def forget_before(self, moment: datetime, limit: int) -> int:
        """Drop up to ``limit`` reports that were finished before a moment, with their documents; returns how many.

        Those of history stay: without a document, they say which days were fetched.
        """


__all__ = ["Document", "OrderReader", "Place", "ReportBook", "ReportChannel"]
