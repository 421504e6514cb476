"""What reports say, made when somebody looks; and the signed addresses at which anybody may fetch it.

Source: Amazon Ads API, "Reporting version 3", and Amazon S3's presigned URLs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlencode
from zlib import MAX_WBITS, compressobj

from flask import Blueprint, Response, request

from entrypoints.simulator.ads.campaigns import DSP, Campaign, campaigns_of, orders_of
from entrypoints.simulator.ads.desk import AdReport, AdReportDesk, Wish
from entrypoints.simulator.ads.directory import Directory
from entrypoints.simulator.ads.figures import AdFigures, Cell, Place
from entrypoints.simulator.ads.report_kinds import KINDS
from entrypoints.simulator.ads.rows import rows
from entrypoints.simulator.cache import Cache
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.moments import iso, to_ms
from entrypoints.simulator.reception import Interruption, Reception
from entrypoints.simulator.tokens import Signer

DOCUMENT = "ads.reportDocument"
_KEPT_BYTES = 64 << 20
_GZIP = MAX_WBITS | 16
_PURPOSE = "ads report"
_ROOT = "/offline-report-storage"
_FILTERED = {"campaignStatus", "adStatus", "adCreativeStatus"}


@dataclass(frozen=True)
class Archive:
    """Makes the documents, and keeps them for a while."""

    config: SimulatorConfig
    directory: Directory
    figures: AdFigures
    signer: Signer
    desk: AdReportDesk
    _texts: Cache[bytes] = field(
        default_factory=lambda: Cache[bytes](len, _KEPT_BYTES), init=False, repr=False
    )

    def text(self, report: AdReport) -> bytes:
        """One JSON array, as of the report's end."""
        return self._texts.get(report.id, lambda: self._written(report))

    def address(self, report: AdReport, base_url: str, now_ms: int) -> tuple[str, str] | None:
        """Where the document is, and until when; None where there is none to fetch."""
        form = self.desk.form
        if self.text(report) == b"[]":
            odd = int(report.wish.owner) % 2
            if form.empty == "null" or (form.empty == "mixed" and odd):
                return None
        until_ms = now_ms + int(form.url_seconds * 1000)
        claims = {"report": report.id, "until": until_ms, "packed": form.packed}
        query = {
            "X-Amz-Expires": int(form.url_seconds),
            "X-Amz-Signature": self.signer.seal(_PURPOSE, claims),
        }
        name = f"{_ROOT}/{report.id}/report-{report.id}.json.gz"
        return f"{base_url}{name}?{urlencode(query)}", iso(until_ms)

    def size(self, report: AdReport) -> int:
        return len(_packed(self.text(report)))

    def cells(self, wish: Wish, at_ms: int) -> dict[Place, Cell]:
        """The figures behind a wish."""
        found: dict[Place, Cell] = {}
        for owner, campaigns in self._campaigns(wish, KINDS[wish.kind].ad_product):
            wanted = tuple(each for each in campaigns if _wants(wish, each))
            if wanted:
                found |= self.figures.cells(owner, wish.profile, wanted, wish.days, at_ms)
        return found

    def _campaigns(self, wish: Wish, ad_product: str) -> list[tuple[str, tuple[Campaign, ...]]]:
        store = self.figures.store
        if ad_product == DSP:
            wanted = (each for each in self.directory.everybody.advertisers if each.id in wish.advertiser_ids)
            return [(each.id, orders_of(store, each)) for each in wanted]
        own = (each for each in campaigns_of(store, wish.profile) if each.ad_product == ad_product)
        return [(wish.owner, tuple(own))]

    def _written(self, report: AdReport) -> bytes:
        wish = report.wish
        cells = self.cells(wish, report.ended_ms)
        span = wish.days if wish.summary else None
        lines = rows(wish.profile, cells, wish.group_by, wish.columns, span)
        return json.dumps(list(lines), ensure_ascii=False, separators=(",", ":")).encode()

    def answer(self, signature: str) -> Response:
        """The document, or what S3 says instead."""
        claims = self.signer.open(_PURPOSE, signature)
        if claims is None:
            return _xml(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        if "Authorization" in request.headers:
            return _xml(400, "InvalidArgument", _TWO_MECHANISMS)
        now_ms = to_ms(self.config.now())
        if claims["until"] <= now_ms:
            return _xml(403, "AccessDenied", "Request has expired")
        report = self.desk.find(claims["report"], now_ms)
        if report is None:
            return _xml(404, "NoSuchKey", "The specified key does not exist.")
        text = self.text(report)
        return Response(
            _packed(text) if claims["packed"] else text, 200, content_type="application/octet-stream"
        )


_TWO_MECHANISMS = (
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter "
    "or the Authorization header should be specified"
)


def _wants(wish: Wish, campaign: Campaign) -> bool:
    return all(campaign.status in values for name, values in wish.filters if name in _FILTERED)


def _packed(text: bytes) -> bytes:
    """GZIP without a time of its own in it: the same report is the same bytes."""
    packer = compressobj(level=1, wbits=_GZIP)
    return packer.compress(text) + packer.flush()


def _xml(status: int, code: str, words: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{words}</Message></Error>'
    return Response(body, status, content_type="application/xml")


def _fault(interruption: Interruption) -> Response:
    return _xml(interruption.status, "InternalError", interruption.message or "We encountered an error.")


def archive_blueprint(archive: Archive, reception: Reception) -> Blueprint:
    """``GET`` of a document; it counts as ``ads.reportDocument``."""
    blueprint = Blueprint("ads_documents", __name__)

    @blueprint.get(f"{_ROOT}/<report_id>/<name>")
    def fetch(report_id: str, name: str) -> Response:
        del report_id, name  # the signature says which, and cannot be forged
        signature = request.args.get("X-Amz-Signature", "")
        return reception.receive(DOCUMENT, lambda: archive.answer(signature), _fault)

    return blueprint
