"""The one way out over HTTP: pooled connections, hard limits on time and size, and errors in the domain's words."""

import io
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from domain.errors import ChannelError, UpstreamFailed, UpstreamTimedOut, UpstreamUnreachable
from domain.operations.tracing import Facts, Tracing, Unfollowed

#: The largest answer we take into memory. A page of a hundred orders has a few hundred kilobytes.
LARGEST_ANSWER = 32 * 2**20
#: The largest document that we read through without keeping it.
LARGEST_DOCUMENT = 8 * 2**30
#: How long the reading of a document may take, with all that is done about its pieces in between.
LONGEST_READING = 3600.0
_CHUNK = 64 * 2**10
#: The surroundings of so many hosts are remembered: stores have a host each.
_HOSTS = 1000
#: SP-API wants the application, its version and the language named; more than 500 characters are refused.
USER_AGENT = f"Portside/0.1 (Language=Python/{platform.python_version()}; Platform={sys.platform})"

Result = TypeVar("Result")


@dataclass(frozen=True)
class RawAnswer:
    """Status, headers (names in lower case) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class RawStream:
    """Status and headers (names in lower case); the body comes piece by piece, still packed if it was sent packed.

    ``pieces`` raises what ``Outbound.stream`` does, and ends only where the body ends: ``measured`` says whether the far
    side told where that is. Without it, a broken connection looks like the end.
    """

    status: int
    headers: Mapping[str, str]
    measured: bool
    pieces: Iterator[bytes] = field(repr=False)


@dataclass(frozen=True)
class Outbound:
    """Sends single requests. Nothing is repeated or redirected here: whoever calls decides.

    An answer has to be there, as a whole, within ``timeout_seconds``; the last wait for bytes may overrun it by as much.

    One adapter, and with it one TLS context and one pool of connections, serves all sellers.
    """

    adapter: "_LimitedAdapter"
    timeout_seconds: float
    _surroundings: dict[tuple[str, str], Mapping[str, Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def with_pool(cls, timeout_seconds: float, pool_size: int, tracing: Tracing | None = None) -> "Outbound":
        """For as many calls at once as ``pool_size``."""
        return cls(_LimitedAdapter(timeout_seconds, pool_size, tracing or Unfollowed()), timeout_seconds)

    def equip(self, session: requests.Session) -> None:
        """Give a session our pool, and take from it what would speak for somebody: cookies and ``.netrc``."""
        session.mount("https://", self.adapter)
        session.mount("http://", self.adapter)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["User-Agent"] = USER_AGENT
        session.auth = _no_auth

    def send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str],
        body: bytes | None,
        far_side: str,
    ) -> RawAnswer:
        """One request. Without ``params`` the address goes out as it is, encoded by whoever made it.

        Raises:
            UpstreamTimedOut: no answer, or not all of it, in time.
            UpstreamUnreachable: no connection: nothing was sent.
            UpstreamFailed: a broken connection, or an answer beyond all size.
        """
        session = requests.Session()
        self.equip(session)

        def ask() -> RawAnswer:
            asked = requests.Request(method, url, dict(headers), data=body, params=dict(params or {}))
            prepared = session.prepare_request(asked)
            if params is None:
                prepared.url = url  # requests decodes what it thinks needs no encoding
            around = self._around(session, prepared.url or "")
            response = session.send(prepared, timeout=self.timeout_seconds, allow_redirects=False, **around)
            names = {name.lower(): value for name, value in response.headers.items()}
            return RawAnswer(response.status_code, names, response.content)

        return translated(ask, far_side)

    def _around(self, session: requests.Session, url: str) -> Mapping[str, Any]:
        """The proxy and the certificates that the environment names for a host.

        Remembered, since requests goes through all variables twice to find them, which takes as long as a small answer.
        """
        scheme, host, *_ = urlsplit(url)
        known = self._surroundings.get((scheme, host))
        if known is None:
            if len(self._surroundings) >= _HOSTS:
                self._surroundings.clear()
            known = session.merge_environment_settings(url, {}, None, None, None)
            self._surroundings[scheme, host] = known
        return known

    @contextmanager
    def stream(
        self,
        url: str,
        far_side: str,
        *,
        longest_seconds: float = LONGEST_READING,
        largest: int = LARGEST_DOCUMENT,
    ) -> Iterator[RawStream]:
        """Open what a signed address leads to; the connection is given back, or ended, with the block.

        The address goes out as it is, with no headers but those of every client. It opens a door by itself, so it
        stands in no error, not even as a cause.

        Raises:
            UpstreamTimedOut: nothing came for ``timeout_seconds``, or not all of it within ``longest_seconds``.
            UpstreamUnreachable: no connection.
            UpstreamFailed: a broken connection, or more than ``largest`` bytes.
        """
        response = _discreetly(lambda: self._opened(url), far_side)
        names = {name.lower(): value for name, value in response.headers.items()}
        measured = "content-length" in names or "chunked" in names.get("transfer-encoding", "").lower()
        body = _Body(response, time.monotonic() + longest_seconds, largest, far_side)
        try:
            yield RawStream(response.status_code, names, measured, body.pieces())
        finally:
            body.close()

    def _opened(self, url: str) -> requests.Response:
        session = requests.Session()
        self.equip(session)
        # Whoever packs the body on the way, too, makes two layers of it.
        prepared = session.prepare_request(requests.Request("GET", url, {"Accept-Encoding": "identity"}))
        prepared.url = url
        around = session.merge_environment_settings(url, {}, True, None, None)
        return self.adapter.unread(prepared, timeout=self.timeout_seconds, **around)


class _TooLarge(requests.RequestException):
    """An answer beyond all size."""


class _LimitedAdapter(HTTPAdapter):
    """Takes answers in as a whole, within limits of time and size, before any session looks at them."""

    def __init__(self, seconds: float, pool_size: int, tracing: Tracing) -> None:
        super().__init__(pool_connections=16, pool_maxsize=pool_size, max_retries=0)
        self._seconds = seconds
        self._tracing = tracing

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """The answer, with its body in memory and without a place to go on to."""
        with self._tracing.part(f"HTTP {request.method}", _facts(request), "client") as span:
            response = self._whole(request, *args, **options)
            span.tell({"http.response.status_code": response.status_code})
            return response

    def _whole(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        deadline = time.monotonic() + self._seconds
        response = super().send(request, *args, **options)
        try:
            body = _body(response, deadline)
        finally:
            response.close()
        response.raw = io.BytesIO(body)
        # A session parses this header even when it is told not to follow, and stumbles over what is no address.
        response.headers.pop("Location", None)
        return response

    def unread(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The answer with its body still on the wire; whoever reads it keeps to limits of their own, and closes it."""
        with self._tracing.part(f"HTTP {request.method}", _facts(request), "client") as span:
            response = super().send(request, **options)
            span.tell({"http.response.status_code": response.status_code})
            return response


def _facts(request: requests.PreparedRequest) -> Facts:
    """Whom we ask; not for what: addresses name orders and products, and signed ones open doors."""
    host = urlsplit(request.url or "").hostname or ""
    return {"server.address": host, "http.request.method": request.method or ""}


@dataclass
class _Body:
    """A body on the wire, read as far as it is wanted."""

    response: requests.Response
    deadline: float
    largest: int
    far_side: str
    _closed: bool = field(default=False, init=False)

    def pieces(self) -> Iterator[bytes]:
        taken = 0
        while piece := self._next():
            taken += len(piece)
            if taken > self.largest:
                raise UpstreamFailed(f"{self.far_side} answered with more than {self.largest} bytes.")
            yield piece

    def close(self) -> None:
        self._closed = True
        self.response.close()

    def _next(self) -> bytes:
        if self._closed:  # which would look like the end of the body
            raise ValueError("read within the block that has opened it")
        if time.monotonic() > self.deadline:
            raise UpstreamTimedOut(f"{self.far_side} took too long to send all of it.")
        return _discreetly(lambda: self.response.raw.read1(_CHUNK, decode_content=False), self.far_side)


def _discreetly(ask: Callable[[], Result], far_side: str) -> Result:
    """As ``translated``, with nothing about where it went: neither in the error, nor in what is told of its cause."""
    try:
        return translated(ask, far_side)
    except ChannelError as error:
        raise type(error)(str(error)) from None


def _body(response: requests.Response, deadline: float) -> bytes:
    # The timeout of requests is one of silence: a far side that drips bytes would hold the thread for ever. read1
    # returns what is there instead of waiting for a full chunk.
    body = bytearray()
    while time.monotonic() < deadline:
        chunk = response.raw.read1(_CHUNK, decode_content=True)
        if not chunk:
            return bytes(body)
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise _TooLarge
    raise requests.ReadTimeout


def translated(ask: Callable[[], Result], far_side: str) -> Result:
    """What ``ask`` returns, with the errors of requests and urllib3 turned into ours. Their texts carry addresses only."""
    try:
        return ask()
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise UpstreamTimedOut(f"{far_side} did not answer in time.") from error
    except _TooLarge as error:
        raise UpstreamFailed(f"{far_side} answered with more than {LARGEST_ANSWER} bytes.") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        if _never_connected(error):
            raise UpstreamUnreachable(f"{far_side} could not be reached.") from error
        raise UpstreamFailed(f"{far_side} could not be reached, or broke the connection off.") from error


def _never_connected(error: BaseException) -> bool:
    """Whether the far side was never spoken to: only then is it known that it has done nothing."""
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), urllib3.exceptions.NewConnectionError)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
