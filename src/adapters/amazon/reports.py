"""Reports at Amazon: asked for, looked at, and fetched from where they are stored.

Source: SP-API, Reports 2021-06-30, and "Retrieve a report".
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.wire import reports as wire
from adapters.amazon.wire.reports_table import media_of, text_parts
from adapters.amazon.wire.reports_text import characters
from adapters.http import LONGEST_READING, Outbound, RawStream
from adapters.packing import GZIP, unpacked
from domain.connections.model import Connection
from domain.errors import NotFound, StalePage, UpstreamFailed, UpstreamRefused, WrongAnswer
from domain.gateway import operations
from domain.gateway.call import Gateway
from domain.gateway.model import Call, Patience
from domain.reports.model import Look, ReportRequest
from domain.reports.ports import Document

log = logging.getLogger(__name__)

_PAGE_SIZE = 100
#: More pages than a seller's reports of ninety days can fill: whoever gets here goes in circles.
_PAGES = 1000
#: A signed address is good for five minutes. Whoever finds it run out asks for another one.
_ADDRESSES = 3
_FAR_SIDE = "Amazon's document store"
#: So much of a refusal or an explanation is read, in bytes; so much of an explanation is told, in characters.
_READ_OF_WORDS = 64 * 2**10
_TOLD = 1000


@dataclass(frozen=True)
class AmazonReports:
    """See ``domain.reports.ports.ReportChannel``. ``reading_seconds`` is the most that one document may take."""

    gateway: Gateway
    outbound: Outbound
    addresses: AmazonAddresses
    reading_seconds: float = LONGEST_READING

    def create(self, connection: Connection, request: ReportRequest) -> str:
        """Ask for a report; returns Amazon's id. The gateway does not repeat it."""
        call = Call(operations.CREATE_REPORT, body=wire.order_for(request))
        return self.gateway.call(connection, call, wire.new_report, Patience.BACKGROUND)

    def recent(self, connection: Connection, report_type: str, since: datetime) -> list[Look]:
        """The seller's reports of a type since then, the newest first.

        Raises:
            StalePage: a token has run out on the way.
        """
        query = {"reportTypes": report_type, "pageSize": str(_PAGE_SIZE), "createdSince": wire.z(since)}
        found, token = self._page(connection, query)
        seen = {token}
        for _ in range(_PAGES):
            if token is None:
                return sorted(found, key=lambda look: look.created_at, reverse=True)
            try:
                more, token = self._page(connection, {"nextToken": token})
            except UpstreamRefused as error:
                raise StalePage(str(error), request_id=error.request_id) from error
            found += more
            if token is not None and token in seen:
                break
            seen.add(token)
        raise WrongAnswer("Amazon's list of reports has no end.")

    def look(self, connection: Connection, amazon_id: str) -> Look:
        """How a report stands."""
        call = Call(operations.GET_REPORT, values={"reportId": amazon_id})
        return self.gateway.call(connection, call, wire.report, Patience.BACKGROUND)

    @contextmanager
    def document(
        self, connection: Connection, document_id: str, request: ReportRequest
    ) -> Iterator[Document]:
        """Open a document; its parts are read while they are drawn."""
        with self._opened(connection, document_id) as stream:
            text = self._text(stream, request.marketplace_ids)
            beginning = _beginning(text)
            media = media_of(beginning)
            yield Document(media, text_parts(media, chain((beginning,), text)))

    def explanation(self, connection: Connection, document_id: str) -> str:
        """What the document of a FATAL report says; empty when it says nothing, or is gone."""
        try:
            with self._opened(connection, document_id) as stream:
                text = _up_to(_READ_OF_WORDS, self._text(stream, connection.marketplace_ids))
        except NotFound:
            return ""
        # PostgreSQL keeps no NUL and nobody half a surrogate pair, both of which JSON can carry.
        words = _explained(text).replace("\0", "").encode(errors="replace").decode()
        return " ".join(words.split())[:_TOLD]

    def _page(self, connection: Connection, query: dict[str, str]) -> tuple[list[Look], str | None]:
        call = Call(operations.GET_REPORTS, query)
        return self.gateway.call(connection, call, wire.report_page, Patience.BACKGROUND)

    @contextmanager
    def _opened(self, connection: Connection, document_id: str) -> Iterator[RawStream]:
        """The document on its way, from whichever address is still good."""
        for attempt in range(1, _ADDRESSES + 1):
            url = self._address(connection, document_id)
            with self.outbound.stream(url, _FAR_SIDE, longest_seconds=self.reading_seconds) as stream:
                about = {"connection_id": str(connection.id), "status": stream.status, "attempt": attempt}
                log.info("amazon's document store answered", extra=about)
                if stream.status == 200:
                    yield stream
                    return
                _raise_unless_expired(stream)
        raise UpstreamFailed(f"{_FAR_SIDE} calls even a fresh address expired.")

    def _address(self, connection: Connection, document_id: str) -> str:
        call = Call(operations.GET_REPORT_DOCUMENT, values={"reportDocumentId": document_id})
        url = self.gateway.call(connection, call, wire.document_url, Patience.BACKGROUND)
        if not self.addresses.may_hold_documents(url, connection.region):
            raise UpstreamFailed(
                "Amazon names an address for the report's document that is not one of AWS's."
            )
        return url

    def _text(self, stream: RawStream, marketplace_ids: tuple[str, ...]) -> Iterator[str]:
        content_type = stream.headers.get("content-type", "")
        return characters(unpacked(_whole(stream)), content_type, marketplace_ids)


def _whole(stream: RawStream) -> Iterator[bytes]:
    """The body, of which it is known where it ends: it was told, or else a packed one tells by itself."""
    head = next(stream.pieces, b"")
    if not stream.measured and not head.startswith(GZIP):
        raise UpstreamFailed(f"{_FAR_SIDE} does not say how long the report's document is.")
    return chain((head,), stream.pieces)


def _beginning(text: Iterator[str]) -> str:
    """Enough of it to see what it is: up to the end of its first line."""
    found = ""
    for piece in text:
        found += piece
        line = found.lstrip()
        if "\t" in line or "\n" in line or "\r" in line or len(found) > _READ_OF_WORDS:
            break
    if not found.strip():
        raise UpstreamFailed("The report's document is empty.")
    return found


def _raise_unless_expired(stream: RawStream) -> None:
    """What the store of documents says in the place of one.

    Source: Amazon S3, "Error responses".
    """
    if stream.status == 404:
        raise NotFound("Amazon does not have the report's document any more.")
    words = b"".join(_up_to_bytes(_READ_OF_WORDS, stream.pieces)).lower()
    if stream.status == 403 and b"expired" in words:
        return
    raise UpstreamFailed(f"{_FAR_SIDE} answered {stream.status}.")


def _explained(text: str) -> str:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return text
    details = body.get("errorDetails") if isinstance(body, dict) else None
    return details if isinstance(details, str) else text


def _up_to(most: int, pieces: Iterator[str]) -> str:
    found = ""
    for piece in pieces:
        found += piece
        if len(found) >= most:
            break
    return found


def _up_to_bytes(most: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    taken = 0
    for piece in pieces:
        yield piece
        taken += len(piece)
        if taken >= most:
            return
