"""The documents of reports, on a store of files that knows nothing of SP-API: signed addresses for five minutes.

Source: https://developer-docs.amazon.com/sp-api/docs/retrieve-a-report and Amazon S3's presigned URLs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from urllib.parse import urlencode
from zlib import MAX_WBITS, compressobj

from flask import Blueprint, Response, request

from entrypoints.simulator.cache import Cache
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.reception import Interruption, Reception
from entrypoints.simulator.report_desk import DocumentForm, Report, ReportDesk
from entrypoints.simulator.report_kinds import KINDS
from entrypoints.simulator.store import Store
from entrypoints.simulator.tokens import Signer

#: A document up to this size has a Content-Length; a larger one is sent as it is made.
_WHOLE_BYTES = 1 << 20
_OUTCOMES_KEPT = 100_000
_BATCH = 500
_GZIP = MAX_WBITS | 16
_PURPOSE = "report document"
_ROOT = "/tortuga-prod"
_UNSIGNED = ("Authorization", "x-amz-access-token")


@dataclass(frozen=True)
class Archive:
    """What reports say. Their texts are made when somebody looks, and kept for a while."""

    store: Store
    _tells: Cache[bool] = field(default_factory=lambda: Cache[bool](lambda _: 1, _OUTCOMES_KEPT), repr=False)

    def outcome(self, report: Report, now_ms: int) -> str:
        """The processing status at a moment. A report that finds nothing to tell ends as cancelled."""
        if not report.over_at(now_ms):
            return "IN_QUEUE" if report.waits_at(now_ms) else "IN_PROGRESS"
        if report.fate is not None:
            return report.fate
        key = (report.order.seller_id, report.id)
        return "DONE" if self._tells.get(key, lambda: any(self.pieces(report))) else "CANCELLED"

    def pieces(self, report: Report) -> Iterator[str]:
        """The text as of the report's end, piece by piece; none when there is nothing to tell."""
        return KINDS[report.order.report_type].pieces(self.store, report.order, report.ended_ms)


def address(base_url: str, signer: Signer, report: Report, form: DocumentForm, now_ms: int) -> str:
    """Where the document can be fetched for five minutes, by anybody, in the form of now."""
    claims = {
        "seller": report.order.seller_id,
        "report": report.id,
        "until": now_ms / 1000 + form.url_seconds,
        "form": [form.compression, form.charset, form.names_charset],
    }
    query = {"X-Amz-Expires": int(form.url_seconds), "X-Amz-Signature": signer.seal(_PURPOSE, claims)}
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
        if claims["until"] <= self.config.now().timestamp():
            return _xml(403, "AccessDenied", "Request has expired")
        if any(name in request.headers for name in _UNSIGNED):
            return _xml(
                403, "AccessDenied", "There were headers present in the request which were not signed"
            )
        now_ms = int(self.config.now().timestamp() * 1000)
        report = self.desk.find(claims["seller"], claims["report"], now_ms)
        if report is None:
            return _xml(404, "NoSuchKey", "The specified key does not exist.")
        return _document(report, self.archive, DocumentForm(*claims["form"]))


def _document(report: Report, archive: Archive, form: DocumentForm) -> Response:
    if report.fate is not None:
        body = json.dumps({"errorDetails": report.reason}).encode()
        return Response(body, 200, content_type="application/json")
    kind = KINDS[report.order.report_type]
    encoding = form.charset or (charset(report) if kind.content_type == "text/plain" else "UTF-8")
    parts = _encoded(archive.pieces(report), encoding)
    body_parts = _packed(parts) if form.compression == "GZIP" else parts
    content_type = f"{kind.content_type};charset={encoding}" if form.names_charset else kind.content_type
    # Small ones come as a whole, as from S3; only what would fill the memory is sent while it is made.
    first = b""
    for part in body_parts:
        first += part
        if len(first) > _WHOLE_BYTES:
            return Response(chain([first], body_parts), 200, content_type=content_type)
    return Response(first, 200, content_type=content_type)


def _encoded(pieces: Iterator[str], encoding: str) -> Iterator[bytes]:
    while batch := "".join(islice(pieces, _BATCH)):
        yield batch.encode(encoding, errors="replace")


def _packed(parts: Iterator[bytes]) -> Iterator[bytes]:
    """GZIP without a time of its own in it: the same report is the same bytes."""
    packer = compressobj(level=1, wbits=_GZIP)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


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
