"""What the Ads API's answers mean: status, headers and bytes in, JSON or an error out. No I/O.

An answer counts only when its status and its content are what was promised: an empty 200, a page of HTML or a body that
breaks off is a failure to be repeated, never an empty list. Each part of the API words its errors in a shape of its own.

Source: Amazon Ads API, "Errors", "Rate limiting" and "Compatibility and versioning policy"; the documents of accounts,
profiles, DSP and reporting.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from adapters.ads.call import AdsCall
from domain.errors import (
    AccessDenied,
    NotFound,
    PortsideError,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
)
from domain.gateway.answers import Throttled, TokenDead
from domain.gateway.model import Answer

ADS = "ads"
#: Longer ones are pages, not sentences.
_TOLD = 300
#: Where the sentence stands, the most telling place first.
_SENTENCES = ("details", "detail", "message", "errorMessage", "error_description", "description")
_CODES = ("code", "errorCode", "errorType", "error")
_SECRET = re.compile(r"Atz[a-z]\|\S+")
_ABOUT_A_PROFILE = re.compile(r"\bscope\b|profile|advertiser", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,3})?")
#: Ours to mend, whoever asked.
_MISTAKES = {
    406: "Amazon does not serve this version any more",
    415: "Amazon does not take this version any more",
    422: "Amazon understands the request, and takes it for wrong",
}
_NO_ACCESS = (
    "Amazon refuses even a fresh access token: see that Amazon has approved the client AMAZON_ADS_CLIENT_ID for the Ads "
    "API, and that the user who gave the consent still has access"
)


class DuplicateReport(UpstreamRefused):
    """HTTP 425: the same report is being made already. ``report_id`` is that one's, where Amazon names it."""

    def __init__(self, message: str, report_id: str | None, request_id: str | None) -> None:
        super().__init__(message, channel=ADS, request_id=request_id)
        self.report_id = report_id


@dataclass(frozen=True)
class AdsError:
    """What Amazon says of its refusal; empty texts where the answer says nothing."""

    code: str
    message: str
    request_id: str | None

    @property
    def words(self) -> str:
        """Both, for people."""
        told = self.message if self.code in ("", self.message) else f"{self.code}: {self.message}"
        return told.strip().removesuffix(":") or "no reason told"


def decipher(answer: Answer, call: AdsCall) -> object:
    """The JSON of a successful answer, numbers as ``int`` and ``Decimal``.

    Raises:
        Throttled, TokenDead: the gateway deals with these.
        DuplicateReport: 425.
        AccessDenied: 403; what a 401 turns out to mean stands in TokenDead.
        NotFound: 404.
        UpstreamRefused: another 4xx.
        UpstreamTimedOut: 408.
        UpstreamFailed: 5xx, or an answer that can't be right.
    """
    if answer.status == 429:
        raise Throttled(_seconds(answer.headers.get("retry-after")))
    if answer.status >= 500 or answer.status < 200 or 300 <= answer.status < 400:
        raise UpstreamFailed(
            f"Amazon Ads answered {answer.status} to {call.operation}.",
            channel=ADS,
            request_id=ads_error(answer).request_id,
        )
    if answer.status >= 400:
        raise _refusal(answer, call)
    return _content(answer, call)


def is_about_a_profile(answer: Answer) -> bool:
    """Whether a refusal is about the profile it was asked for, not about who asks."""
    return _ABOUT_A_PROFILE.search(ads_error(answer).message) is not None


def ads_error(answer: Answer) -> AdsError:
    """What Amazon says of a refusal, in any of the shapes that its parts have; a page of HTML says nothing."""
    body = _read(answer.body)
    top = body if isinstance(body, dict) else {}
    inner = _first(top.get("errors") if top else body)
    own = _text(top, ("requestId", "request_id"))
    return AdsError(
        code=_text(top, _CODES) or _text(inner, _CODES),
        message=_text(top, _SENTENCES) or _text(inner, _SENTENCES),
        request_id=own or answer.request_id,
    )


def _refusal(answer: Answer, call: AdsCall) -> PortsideError | TokenDead:
    error, operation = ads_error(answer), call.operation
    match answer.status:
        case 401:
            return TokenDead(expired=False, after_all=_not_admitted(answer, call, error))
        case 403:
            message = (
                f"Amazon denies {operation}{_of(call)} to the user who gave the consent ({error.words})."
            )
            return AccessDenied(message, channel=ADS, request_id=error.request_id)
        case 404:
            return NotFound(f"Amazon Ads knows no such thing ({operation}: {error.words}).")
        case 408:
            message = f"Amazon Ads gave {operation} up in the middle."
            return UpstreamTimedOut(message, channel=ADS, request_id=error.request_id)
        case 425:
            named = _UUID.search(error.message)
            message = f"Amazon makes this report already ({error.words})."
            return DuplicateReport(message, named[0].lower() if named else None, error.request_id)
    why = _MISTAKES.get(answer.status, f"Amazon Ads refused {operation}")
    if answer.status in _MISTAKES:
        why = f"{why}: {operation}, status {answer.status}"
    return UpstreamRefused(f"{why} ({error.words}).", channel=ADS, request_id=error.request_id)


def _not_admitted(answer: Answer, call: AdsCall, error: AdsError) -> AccessDenied:
    """What a 401 means if a fresh token does not help: the consent itself is judged by the token endpoint alone."""
    if is_about_a_profile(answer):
        message = f"Amazon does not let us at{_of(call) or ' this profile'} ({error.words})."
    else:
        message = f"{_NO_ACCESS} ({call.operation}{_of(call)}: {error.words})."
    return AccessDenied(message, channel=ADS, request_id=error.request_id)


def _of(call: AdsCall) -> str:
    if call.profile_id is not None:
        return f" profile {call.profile_id}"
    return f" account {call.account_id}" if call.account_id is not None else ""


def _content(answer: Answer, call: AdsCall) -> object:
    """Success comes under many media types; whether it is JSON, the body tells."""
    body = _read(answer.body)
    if not isinstance(body, dict | list):
        raise UpstreamFailed(
            f"Amazon's answer to {call.operation} is empty, breaks off or is not JSON.",
            channel=ADS,
            request_id=answer.request_id,
        )
    return body


def _read(body: bytes) -> object:
    """``None`` for what is not JSON."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> None:
    raise ValueError(name)


def _first(errors: object) -> Mapping[str, object]:
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def _text(body: Mapping[str, object], names: tuple[str, ...]) -> str:
    """The first of these that is there, on one line, with nothing in it that looks like a token."""
    for name in names:
        value = body.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return _SECRET.sub("…", " ".join(str(value).split()))[:_TOLD]
    return ""


def _seconds(text: str | None) -> float | None:
    """A number of seconds; a date, or anything else, is none."""
    return float(text) if text and _SECONDS.fullmatch(text.strip()) else None
