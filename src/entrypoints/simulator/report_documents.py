"""The documents of reports, on a store of files that knows nothing of SP-API: signed addresses for five minutes.

Source: https://developer-docs.amazon.com/sp-api/docs/retrieve-a-report and Amazon S3's presigned URLs.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from entrypoints.simulator.cache import Cache
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.reception import Interruption, Reception
from entrypoints.simulator.report_desk import Report, ReportDesk
from entrypoints.simulator.report_files import KINDS, table
from entrypoints.simulator.store import Store
from entrypoints.simulator.tokens import Signer

LIFE_SECONDS = 300
_CHARACTERS_KEPT = 20_000_000
_PURPOSE = "report document"
_ROOT = "/tortuga-prod"
_UNSIGNED = ("Authorization", "x-amz-access-token")


@dataclass(frozen=True)
class Archive:
    """What reports say. Their texts are made when somebody looks, and kept for a while."""

    store: Store
    _texts: Cache[str] = field(
        default_factory=lambda: Cache[str](lambda text: len(text) + 1, _CHARACTERS_KEPT), repr=False
    )

    def outcome(self, report: Report, now_ms: int) -> str:
        """The processing status at a moment. A report that finds nothing to tell ends as cancelled."""
        if not report.over_at(now_ms):
            return "IN_QUEUE" if report.waits_at(now_ms) else "IN_PROGRESS"
        if report.fate is not None:
            return report.fate
        return "DONE" if self.text(report) else "CANCELLED"

    def text(self, report: Report) -> str:
        """The table as of the report's end; empty when there is nothing to tell."""
        key = (report.order.seller_id, report.id)
        kind = KINDS[report.order.report_type]
        return self._texts.get(key, lambda: table(kind, self.store, report.order, report.ended_ms))


def address(base_url: str, signer: Signer, report: Report, now_ms: int) -> str:
    """Where the document can be fetched for five minutes, by anybody."""
    claims = {
        "seller": report.order.seller_id,
        "report": report.id,
        "until": now_ms // 1000 + LIFE_SECONDS,
    }
    query = {"X-Amz-Expires": LIFE_SECONDS, "X-Amz-Signature": signer.seal(_PURPOSE, claims)}
    return f"{base_url}{_ROOT}/{report.document_id}?{urlencode(query)}"


def charset(report: Report) -> str:
    """Reports of Europe and Japan come in the encodings of their time."""
    marketplace = BY_ID[report.order.marketplace_ids[0]]
    if marketplace.country_code == "JP":
        return "Shift_JIS"
    return "Cp1252" if marketplace.region == "eu" else "UTF-8"


@dataclass(frozen=True)
class DocumentStore:
    """Hands out documents to whoever brings a signed address."""

    config: SimulatorConfig
    archive: Archive
    signer: Signer
    desk: ReportDesk

    def answer(self, signature: str) -> Response:
        """The document, or what S3 says instead."""
        claims = self.signer.open(_PURPOSE, signature)
        if claims is None:
            return _xml(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        if claims["until"] < self.config.now().timestamp():
            return _xml(403, "AccessDenied", "Request has expired")
        if any(name in request.headers for name in _UNSIGNED):
            return _xml(
                403, "AccessDenied", "There were headers present in the request which were not signed"
            )
        now_ms = int(self.config.now().timestamp() * 1000)
        report = self.desk.find(claims["seller"], claims["report"], now_ms)
        if report is None:
            return _xml(404, "NoSuchKey", "The specified key does not exist.")
        return _document(report, self.archive)


def _document(report: Report, archive: Archive) -> Response:
    if report.fate is not None:
        body = json.dumps({"errorDetails": report.reason}).encode()
        return Response(body, 200, content_type="application/json")
    encoding = charset(report)
    text = archive.text(report).encode(encoding, errors="replace")
    # Without a time of its own in it, the same report is the same bytes.
    return Response(gzip.compress(text, mtime=0), 200, content_type=f"text/plain;charset={encoding}")


def _xml(status: int, code: str, message: str) -> Response:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return Response(body, status, content_type="application/xml")


def _fault(interruption: Interruption) -> Response:
    """A fault in the shape of S3."""
    return _xml(interruption.status, "InternalError", interruption.message or "We encountered an error.")


def documents_blueprint(documents: DocumentStore, reception: Reception) -> Blueprint:
    """``GET`` of a document; it counts as ``reportDocument``."""
    blueprint = Blueprint("report_documents", __name__)

    @blueprint.get(f"{_ROOT}/<document_id>")
    def fetch(document_id: str) -> Response:
        del document_id  # the signature says which, and cannot be forged
        signature = request.args.get("X-Amz-Signature", "")
        return reception.receive("reportDocument", lambda: documents.answer(signature), _fault)

    return blueprint
