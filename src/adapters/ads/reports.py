"""Reporting v3: reports are asked for, looked at, and fetched from where they are stored.

Source: Amazon Ads API, "Reporting version 3".
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from adapters.ads.addresses import AdsAddresses
from adapters.ads.call import AdsCall, AdsCalls
from adapters.ads.errors import ADS, DuplicateReport
from adapters.ads.wire import reports as wire
from adapters.ads.wire.report_rows import parts_of
from adapters.http import LONGEST_READING, Outbound, RawStream
from adapters.packing import GZIP, unpacked
from domain.ads.accounts import Account, AccountType
from domain.ads.reports import AdsLook, AdsReportRequest
from domain.connections.model import Connection
from domain.errors import NotFound, StalePage, UpstreamFailed, told_of
from domain.gateway.model import Patience

log = logging.getLogger(__name__)

_PATH = "/reporting/reports"
_TYPE = "application/vnd.{}asyncreport{}.v3+json"
_FAR_SIDE = "Amazon's store of reports"
#: So much of a refusal is read, in bytes.
_READ_OF_WORDS = 64 * 2**10


@dataclass(frozen=True)
class AmazonAdsReports:
    """See ``domain.ads.report_ports.AdsReportChannel``. ``reading_seconds`` is the most that one document may take."""

    ads: AdsCalls
    outbound: Outbound
    addresses: AdsAddresses
    reading_seconds: float = LONGEST_READING

    def create(self, connection: Connection, account: Account, request: AdsReportRequest) -> str:
        """Ask for a report; returns Amazon's id, be it of one that is under way."""
        meant = wire.meant_for(account, request)
        profile_id, account_id = _in_whose_name(account)
        call = AdsCall(
            "createReport",
            "POST",
            account.found.region,
            _PATH,
            body=wire.order_for(meant),
            content_type=_TYPE.format("create", "request"),
            accept=_TYPE.format("create", "response"),
            profile_id=profile_id,
            account_id=account_id,
        )
        try:
            return self.ads.call(connection, call, wire.report, Patience.BACKGROUND).amazon_id
        except DuplicateReport as error:
            return self._adopted(connection, account, meant, error)

    def look(self, connection: Connection, account: Account, amazon_id: str) -> AdsLook:
        """How it stands."""
        profile_id, account_id = _in_whose_name(account)
        call = AdsCall(
            "getReport",
            "GET",
            account.found.region,
            f"{_PATH}/{amazon_id}",
            accept=_TYPE.format("get", "response"),
            profile_id=profile_id,
            account_id=account_id,
        )
        return self.ads.call(connection, call, wire.report, Patience.BACKGROUND)

    @contextmanager
    def document(self, account: Account, look: AdsLook) -> Iterator[Iterator[bytes]]:
        """The rows, read while they are drawn. The address is asked as anybody would ask it: our token stays here."""
        url = look.url or ""
        if not self.addresses.may_hold_documents(url, account.found.region):
            raise UpstreamFailed(
                "Amazon names an address for the report that is not one of AWS's.", channel=ADS
            )
        with (
            told_of(ADS),
            self.outbound.stream(url, _FAR_SIDE, longest_seconds=self.reading_seconds) as stream,
        ):
            about = {"connection_id": str(account.connection_id), "status": stream.status}
            log.info("amazon's store of reports answered", extra=about)
            if stream.status != 200:
                raise _refused(stream)
            yield parts_of(unpacked(_whole(stream)))

    def _adopted(
        self, connection: Connection, account: Account, meant: AdsReportRequest, error: DuplicateReport
    ) -> str:
        """The id of the report that Amazon makes already, if that is the one that is meant.

        Raises:
            UpstreamFailed: it is another one, or has failed: once it is over, ours can be asked for.
        """
        if error.report_id is None:
            raise _not_ours("does not say which", error) from error
        try:
            there = self.look(connection, account, error.report_id)
        except NotFound:
            raise _not_ours("does not know it any more", error) from error
        if there.request is None or not there.request.asks_the_same(meant):
            raise _not_ours("means another one", error) from error
        if there.status == "FAILED":
            raise _not_ours("means one that has failed", error) from error
        return there.amazon_id


def _in_whose_name(account: Account) -> tuple[str | None, str | None]:
    """What stands in the Scope header, and what in that of the account: one of them."""
    found = account.found
    if found.type is not AccountType.DSP_ADVERTISER:
        return found.amazon_id, None
    if found.agency_profile_id is not None:
        return found.agency_profile_id, None
    return None, found.amazon_id


def _not_ours(why: str, error: DuplicateReport) -> UpstreamFailed:
    message = f"Amazon calls this report a duplicate and {why}: it is asked for again later."
    return UpstreamFailed(message, channel=ADS, request_id=error.request_id)


def _whole(stream: RawStream) -> Iterator[bytes]:
    """The body, of which it is known where it ends: it was told, or else a packed one tells by itself."""
    head = next(stream.pieces, b"")
    if not stream.measured and not head.startswith(GZIP):
        raise UpstreamFailed(f"{_FAR_SIDE} does not say how long the report is.", channel=ADS)
    return chain((head,), stream.pieces)


def _refused(stream: RawStream) -> NotFound | StalePage | UpstreamFailed:
    """What the store says in the place of a document.

    Source: Amazon S3, "Error responses".
    """
    if stream.status == 404:
        return NotFound("Amazon does not have the report any more.")
    words = bytearray()
    for piece in stream.pieces:
        words += piece
        if len(words) >= _READ_OF_WORDS:
            break
    if stream.status == 403 and b"expired" in words.lower():
        return StalePage("The address of the report has run out.", channel=ADS)
    return UpstreamFailed(f"{_FAR_SIDE} answered {stream.status}.", channel=ADS)
