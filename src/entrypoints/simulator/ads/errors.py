"""The Ads API's errors. Each part of the API has a shape of its own for them; the front chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4


class AdsError(Exception):
    """An answer of the Ads API that is an error."""

    def __init__(self, status: int, text: str, code: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = code
        self.headers = headers or {}


Shape = Callable[[AdsError], Any]


def classic(error: AdsError) -> Any:
    """Profiles, and what stands in front of every API."""
    code = error.code or str(error.status)
    return {"code": code, "details": error.text, "requestId": uuid4().hex.upper()[:20]}


def reporting(error: AdsError) -> Any:
    """Reports: ``detail`` in the singular."""
    return {"code": str(error.status), "detail": error.text}


def accounts(error: AdsError) -> Any:
    """Ads accounts and terms."""
    code = error.code or CODES.get(error.status, "INTERNAL_ERROR")
    return {"errors": [{"errorId": error.status, "errorCode": code, "errorMessage": error.text}]}


def message(error: AdsError) -> Any:
    """One ads account, manager accounts."""
    return {"message": error.text}


def dsp(error: AdsError) -> Any:
    """DSP."""
    detail = {"errorType": error.code or CODES.get(error.status, "INTERNAL_ERROR"), "message": error.text}
    return {"requestId": uuid4().hex.upper()[:20], "message": error.text, "errors": [detail]}


CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHORIZED",
    403: "ACCESS_DENIED",
    404: "NOT_FOUND",
    406: "NOT_ACCEPTABLE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "UNPROCESSABLE_ENTITY",
    425: "TOO_EARLY",
    429: "THROTTLED",
}
