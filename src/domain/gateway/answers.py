"""What SP-API's answers mean: status, headers and bytes in, JSON or an error out. No I/O.

An answer counts only when status and content are what an operation promises: an empty 200, an HTML page or a body that
breaks off is a failure to be repeated, never an empty result.

Source: SP-API documentation, "Response Format" and "Errors".
"""

import json
from codecs import BOM_UTF8
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from domain.errors import (
    AccessDenied,
    ChannelError,
    NotConfigured,
    NotFound,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    WrongAnswer,
)
from domain.gateway.model import Answer, Operation
from domain.gateway.ports import Json


@dataclass(frozen=True)
class AmazonError:
    """The first error of Amazon's list; empty texts where the answer had none."""

    code: str
    message: str
    details: str


class Throttled(Exception):
    """HTTP 429. ``retry_after`` in seconds, where the channel said it."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("throttled")
        self.retry_after = retry_after


class TokenDead(Exception):
    """HTTP 401 or 403 because of the access token: a fresh one may help. ``expired``, else refused altogether.

    ``after_all`` is what it means if even a fresh one does not help; ``None``: as the gateway sees it.
    """

    def __init__(self, expired: bool, after_all: ChannelError | None = None) -> None:
        super().__init__("access token expired" if expired else "access token refused")
        self.expired = expired
        self.after_all = after_all


_NO_CONTENT = 204
#: Bytes that are parsed within some twelve milliseconds.
_LONG = 2**20
_EXPIRED_WORDS = "access token you provided has expired"
_REFUSED_WORDS = "revoked, malformed or invalid"
_SECRET_WORDS = "lwa secret token you provided has expired"  # noqa: S105 - Amazon's wording, not a secret
_REGION_WORDS = "not valid for region"


def decipher(answer: Answer, operation: Operation) -> Json:
    """The JSON object that a successful answer carries, with decimals as ``Decimal``; a bare list is its ``items``.

    Raises:
        Throttled, TokenDead: the gateway deals with these.
        AccessDenied: 403 for want of a role, or because of the seller's account.
        NotConfigured: 403 because the application's client secret has expired.
        UpstreamRefused: another 4xx.
        NotFound: 404.
        UpstreamFailed: 5xx, or an answer that can't be right.
    """
    if answer.status == 429:
        raise Throttled(_seconds(answer.headers.get("retry-after")))
    if answer.status in (401, 403):
        raise _refusal(answer, operation)
    if answer.status == 404:
        raise NotFound(f"Amazon knows no such thing ({operation.name}).")
    if answer.status >= 500 or answer.status < 200:
        raise UpstreamFailed(
            f"Amazon answered {answer.status} to {operation.name}.", request_id=answer.request_id
        )
    if answer.status >= 300:
        raise _mistake(answer, operation)
    return _object(answer, operation)


def look_over(answer: Answer, operation: Operation) -> None:
    """Whether an answer that somebody else is going to read can be right; says nothing of 4xx, which is theirs.

    Raises:
        Throttled, TokenDead: the gateway deals with these.
        UpstreamFailed: 5xx; a GET that is answered with nothing or with something that is not JSON; or an answer to
            anything else that says it is JSON, and is not.
    """
    if answer.status == 429:
        raise Throttled(_seconds(answer.headers.get("retry-after")))
    if answer.status in (401, 403):
        refusal = _refusal(answer, operation)
        if isinstance(refusal, TokenDead):
            raise refusal
    if answer.status >= 500 or answer.status < 200:
        raise UpstreamFailed(
            f"Amazon answered {answer.status} to {operation.name}.", request_id=answer.request_id
        )
    if answer.status < 300 and not _as_promised(answer, operation):
        raise UpstreamFailed(
            f"Amazon's answer to {operation.name} breaks off or is not JSON.", request_id=answer.request_id
        )


def _as_promised(answer: Answer, operation: Operation) -> bool:
    """Whether a successful answer is the JSON that it says it is; only a change may be answered with nothing or else."""
    if answer.status == _NO_CONTENT:
        return True
    if not answer.body or "json" not in answer.headers.get("content-type", ""):
        return operation.method != "GET"
    return _is_json(answer.body)


def _is_json(body: bytes) -> bool:
    # Nobody else here parses what is passed on, so it is done once. A long body would hold all other threads up for as
    # much as a second, and fill memory: of that only both ends are looked at, which tells a page, and most of what broke off.
    if len(body) > _LONG:
        inner = body.removeprefix(BOM_UTF8).strip()
        return inner[:1] + inner[-1:] in (b"{}", b"[]")
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def rate_limit(answer: Answer) -> float | None:
    """Calls a second that Amazon grants this seller, where the answer says so."""
    rate = _seconds(answer.headers.get("x-amzn-ratelimit-limit"))
    return rate or None


def first_error(answer: Answer) -> AmazonError:
    """What Amazon says of its refusal; some operations send a bare list."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return AmazonError("", "", "")
    errors = body.get("errors") if isinstance(body, dict) else body
    error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return AmazonError(*(str(error.get(name) or "") for name in ("code", "message", "details")))


def _refusal(answer: Answer, operation: Operation) -> Exception:
    error = first_error(answer)
    details = error.details.lower()
    if _EXPIRED_WORDS in details or _REFUSED_WORDS in details:
        return TokenDead(expired=_EXPIRED_WORDS in details)
    if _SECRET_WORDS in details:
        return NotConfigured(
            "Amazon says that the application's LWA client secret has expired: the operator has to renew it.",
            ("AMAZON_LWA_CLIENT_SECRET",),
        )
    if _REGION_WORDS in details:
        return UpstreamRefused(
            f"Amazon says that these marketplaces are not of this region ({operation.name}).",
            request_id=answer.request_id,
        )
    if "account" in details and "inactive" in details:
        return ReauthorizationRequired(
            "Amazon says that this seller account is not active.", request_id=answer.request_id
        )
    lacking = f"the role “{operation.role}”" if operation.role else "a role for it"
    return AccessDenied(
        f"Amazon denies {operation.name}. Usually the application lacks {lacking}, or the seller has not renewed the "
        "consent since it was added.",
        role=operation.role or None,
        request_id=answer.request_id,
    )


def _mistake(answer: Answer, operation: Operation) -> Exception:
    error = first_error(answer)
    said = f"{error.code}: {error.message}" if error.code or error.message else f"status {answer.status}"
    return UpstreamRefused(f"Amazon refused {operation.name} ({said}).", request_id=answer.request_id)


def _object(answer: Answer, operation: Operation) -> Json:
    if "json" not in answer.headers.get("content-type", ""):
        raise UpstreamFailed(
            f"Amazon's answer to {operation.name} is not JSON.", request_id=answer.request_id
        )
    try:
        body = json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise UpstreamFailed(
            f"Amazon's answer to {operation.name} breaks off or is not JSON.", request_id=answer.request_id
        ) from error
    if not isinstance(body, list if operation.bare_list else dict):
        raise WrongAnswer(
            f"Amazon's answer to {operation.name} has the wrong shape.", request_id=answer.request_id
        )
    return {"items": body} if operation.bare_list else cast(Json, body)


def _seconds(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 86_400 * 7 else None
