"""Login with Amazon: codes and refresh tokens in, access tokens out.

Authlib speaks OAuth; every call gets a client object of its own, because Authlib keeps the token in it and two threads
on one object could be handed each other's. The connections below are shared.

Source: SP-API documentation, "Website Authorization Workflow" and "Connecting to the Selling Partner API".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import requests
from authlib.integrations.requests_client import OAuth2Session

from adapters.http import Outbound, translated
from domain.clock import Clock
from domain.connections.model import Grant
from domain.errors import (
    ClientRefused,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
)
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal

#: LWA takes the client's credentials among the fields of the form, not as HTTP Basic.
_IN_THE_FORM = "client_secret_post"
#: How LWA's statuses read when the body does not say ``error``.
_BY_STATUS = {400: "invalid_request", 401: "invalid_client", 403: "access_denied"}
#: LWA publishes no limit; when it throttles without saying for how long, a minute is a modest guess.
_THROTTLED_SECONDS = 60.0
_LONGEST_LIFE = 86_400
#: Up to a day; a date, or anything else, is no number of seconds.
_SECONDS = re.compile(r"[0-9]{1,5}")
#: What can stand in a header and in a form: visible ASCII.
_TOKEN = re.compile(r"[!-~]+")


class LwaAddresses(Protocol):
    """Where the token endpoint is."""

    def lwa(self, region: str) -> str:
        """The endpoint's whole address."""


@dataclass(frozen=True)
class Lwa:
    """LWA's token endpoint: one HTTP call a method, no retry. See ``domain.credentials.ports.LwaEndpoint``."""

    addresses: LwaAddresses
    outbound: Outbound
    clock: Clock
    region: str = "na"  # whose endpoint is asked: any of them knows all tokens

    def exchange(self, code: str, redirect_uri: str, client: LwaClient) -> Grant:
        """Trade an authorization code for tokens."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        answer = self._ask(fields, client, seller_at_fault=UpstreamRefused)
        refresh = _token(answer, "refresh_token")
        if refresh is None:
            raise UpstreamFailed("LWA's answer has no refresh token.")
        return Grant(RefreshToken(refresh), self._access_token(answer))

    def refresh(self, token: RefreshToken, client: LwaClient) -> Renewal:
        """Trade a refresh token for an access token."""
        fields = {"grant_type": "refresh_token", "refresh_token": token.text}
        answer = self._ask(fields, client, seller_at_fault=ReauthorizationRequired)
        replaced = _token(answer, "refresh_token")
        if replaced is not None and replaced != token.text:
            return Renewal(self._access_token(answer), RefreshToken(replaced))
        return Renewal(self._access_token(answer))

    def _ask(
        self,
        fields: Mapping[str, str],
        client: LwaClient,
        seller_at_fault: type[UpstreamRefused | ReauthorizationRequired],
    ) -> Mapping[str, object]:
        session = OAuth2Session(client.id, client.secret, token_endpoint_auth_method=_IN_THE_FORM)
        self.outbound.equip(session)
        # Authlib's own reading stumbles over odd fields, and keeps the token.
        session.parse_response_token = lambda response: _judged(response, seller_at_fault)

        def ask() -> Mapping[str, object]:
            answer: Mapping[str, object] = session.fetch_token(
                self.addresses.lwa(self.region),
                timeout=self.outbound.timeout_seconds,
                allow_redirects=False,
                **fields,
            )
            return answer

        return translated(ask, "Login with Amazon")

    def _access_token(self, answer: Mapping[str, object]) -> AccessToken:
        text, seconds = _token(answer, "access_token"), answer.get("expires_in")
        if text is None or isinstance(seconds, bool) or not isinstance(seconds, int):
            raise UpstreamFailed("LWA's answer has no access token, or does not say how long it lives.")
        life = timedelta(seconds=max(0, min(seconds, _LONGEST_LIFE)))
        return AccessToken(text, self.clock.now() + life, life)


def _token(answer: Mapping[str, object], name: str) -> str | None:
    """The token under this name, if that is what it is."""
    value = answer.get(name)
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else None


def _judged(
    response: requests.Response, seller_at_fault: type[UpstreamRefused | ReauthorizationRequired]
) -> Mapping[str, object]:
    """The JSON object of a good answer; the error that a bad one stands for. No text of LWA's is passed on."""
    request_id = response.headers.get("x-amzn-RequestId")
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    said = body.get("error") if isinstance(body, dict) else None
    if response.status_code == 200 and isinstance(body, dict) and said is None:
        return body
    if response.status_code == 200:
        raise UpstreamFailed("LWA's answer can't be read.", request_id=request_id)
    code = said if isinstance(said, str) else _BY_STATUS.get(response.status_code, "server_error")
    raise _error(code, response, seller_at_fault, request_id)


def _error(
    code: str,
    response: requests.Response,
    seller_at_fault: type[UpstreamRefused | ReauthorizationRequired],
    request_id: str | None,
) -> PortsideError:
    if response.status_code == 429:
        waits = response.headers.get("Retry-After", "")
        seconds = float(waits) if _SECONDS.fullmatch(waits) else _THROTTLED_SECONDS
        return RateLimited("Login with Amazon asks us to slow down.", seconds, channel="amazon")
    if code == "invalid_grant":
        return seller_at_fault(
            "Amazon does not honour the consent any more (invalid_grant): it has to be given again.",
            request_id=request_id,
        )
    if code in ("invalid_client", "unauthorized_client"):
        return ClientRefused(
            f"Amazon does not accept the LWA client ({code}).",
            ("AMAZON_LWA_APP_ID", "AMAZON_LWA_CLIENT_SECRET"),
            code=code,
        )
    if response.status_code >= 500 or code in ("server_error", "temporarily_unavailable"):
        return UpstreamFailed(f"Login with Amazon failed ({response.status_code}).", request_id=request_id)
    return UpstreamRefused(f"Login with Amazon refused the request ({_word(code)}).", request_id=request_id)


def _word(code: str) -> str:
    """An error code of LWA's, if that is what it is."""
    return code if code.replace("_", "").isalpha() and len(code) <= 40 else "unknown error"
