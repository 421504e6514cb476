"""Every call to Amazon's endpoints comes in here: it is counted, and meets the trouble ordered for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Response

from entrypoints.simulator.calls import CallLog
from entrypoints.simulator.faults import Fault, FaultBoard

#: Tells the server to close the connection without a word; never sent to a client.
DROP_HEADER = "x-simulator-drop-connection"
_DENIED = {
    "token_expired": "The access token you provided has expired.",
    "token_revoked": "The access token you provided is revoked, malformed or invalid.",
    "secret_expired": "The LWA secret token you provided has expired.",
    "missing_role": "",
}
#: Errors that Shopify's GraphQL tells at HTTP 200.
_AT_200 = {
    "throttled": "THROTTLED",
    "access_denied": "ACCESS_DENIED",
    "max_cost": "MAX_COST_EXCEEDED",
    "shop_inactive": "SHOP_INACTIVE",
    "internal_error": "INTERNAL_SERVER_ERROR",
}


@dataclass(frozen=True)
class Interruption:
    """An error that takes the place of the true answer; each API gives it its own shape."""

    status: int
    error: str = ""
    message: str = ""
    details: str = ""


Answer = Callable[[], Response]
Shape = Callable[[Interruption], Response]


@dataclass(frozen=True)
class Reception:
    """Counts calls and applies faults."""

    calls: CallLog = field(default_factory=CallLog)
    faults: FaultBoard = field(default_factory=FaultBoard)
    latency_ms: int = 0

    def receive(self, operation: str, answer: Answer, shape: Shape) -> Response:
        """The answer to a call, or what a fault makes of it."""
        self.calls.called(operation)
        if self.latency_ms:
            self.faults.pause(self.latency_ms / 1000)
        fault = self.faults.take(operation)
        if fault is not None:
            self.calls.struck(str(fault.status) if fault.kind == "status" else fault.kind)
        response = answer() if fault is None else self._struck(fault, answer, shape)
        self.calls.answered(operation, response.status_code)
        return response

    def _struck(self, fault: Fault, answer: Answer, shape: Shape) -> Response:
        if fault.kind in ("status", "lwa_error"):
            response = shape(Interruption(fault.status, fault.error, fault.message))
            if fault.retry_after is not None:
                response.headers["Retry-After"] = str(fault.retry_after)
            return response
        if fault.kind in _AT_200:
            return shape(Interruption(200, _AT_200[fault.kind]))
        if fault.kind in _DENIED:
            return shape(Interruption(403, details=_DENIED[fault.kind]))
        if fault.kind in ("hang", "slow"):
            self.faults.pause(fault.seconds if fault.kind == "hang" else fault.delay_ms / 1000)
            return answer()
        if fault.kind in _INSTEAD:
            return _INSTEAD[fault.kind]()
        return _SPOILT[fault.kind](answer())


def _html(status: int, words: str) -> Response:
    body = f"<html><head><title>{status} {words}</title></head><body><h1>{status} {words}</h1></body></html>"
    return Response(body, status, content_type="text/html")


def _drop() -> Response:
    return Response("", 502, headers={DROP_HEADER: "1"})


_INSTEAD: dict[str, Answer] = {
    "html_502": lambda: _html(502, "Bad Gateway"),
    "html_503": lambda: _html(503, "Service Unavailable"),
    "empty_200": lambda: Response("", 200, content_type="application/json"),
    "not_json": lambda: Response("Service is busy", 200, content_type="application/json"),
    "drop_connection": _drop,
}


def _truncated(response: Response) -> Response:
    """Half the body under the length of the whole."""
    body = response.get_data()
    response.set_data(body[: len(body) // 2])
    response.headers["Content-Length"] = str(len(body))
    return response


def _as_html(response: Response) -> Response:
    response.content_type = "text/html"
    return response


def _without_promise(response: Response) -> Response:
    try:
        body = json.loads(response.get_data() or b"{}")
    except ValueError:  # a document of a report: no JSON, and so nothing that could be missing
        body = {}
    response.set_data(json.dumps(_less(body)))
    return response


def _less(body: Any) -> Any:
    """The body without its first list, looked for in ``payload`` as well; without the token if it has one.

    A body that is a list becomes an empty object.
    """
    if not isinstance(body, dict):
        return {}
    missing = next(
        (name for name, value in body.items() if isinstance(value, list) or name == "access_token"), None
    )
    if missing is not None:
        return {name: value for name, value in body.items() if name != missing}
    return {name: _less(value) if name == "payload" else value for name, value in body.items()}


_SPOILT: dict[str, Callable[[Response], Response]] = {
    "truncated": _truncated,
    "wrong_content_type": _as_html,
    "shape": _without_promise,
}
