"""Shopify's token endpoint, of which every store has its own: codes, rotating refresh tokens, client credentials.

A store's grant is kept as one text, ``kind:rest``, which nobody but this module reads: ``refresh:…`` (rotates with every
use), ``permanent:…`` (is the access token itself) or ``client_credentials:`` (the client's secret is all it takes).

Source: shopify.dev, "About offline access tokens", "Client credentials grant" and "Implement authorization code grant
manually".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from adapters.http import Outbound, RawAnswer
from adapters.shopify.addresses import ShopifyAddresses
from adapters.shopify.answers import SHOPIFY
from adapters.shopify.graphql import named_shopify
from domain.clock import Clock
from domain.connections.model import Grant
from domain.errors import (
    ClientRefused,
    NotConfigured,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    WrongAnswer,
)
from domain.tokens.model import AccessToken, LwaClient, RefreshToken, Renewal

_FAR_SIDE = "Shopify's token endpoint"
_SETTINGS = ("SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET")
#: What a user calls a client of their own.
_FIELDS = ("client_id", "client_secret")
#: An answer without ``expires_in`` is no token for ever: libraries that took it for one were locked out.
_USUAL_SECONDS = 3600
_LONGEST_SECONDS = 86_400 * 2
#: A token that does not run out is looked at again after so long, which costs nothing.
_FOR_EVER = timedelta(days=3650)
_THROTTLED_SECONDS = 60.0
_SECONDS = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,3})?")
_TOKEN = re.compile(r"[!-~]{1,4096}")
_WORD = re.compile(r"[a-z_]{1,40}")
#: Words by which Shopify says that it does not know a client, or not this secret of it.
_CLIENT_WORDS = {
    "invalid_client",
    "unauthorized_client",
    "application_cannot_be_found",
    "invalid_client_secret",
}


#: Grant types; a code goes without one.
_BY_REFRESH_TOKEN, _BY_CLIENT = "refresh_token", "client_credentials"


class _Kind(StrEnum):
    REFRESH = "refresh"
    PERMANENT = "permanent"
    CLIENT_CREDENTIALS = "client_credentials"


@dataclass(frozen=True)
class ShopifyTokens:
    """A ``TokenExchange`` and a ``StoreTokens``: one HTTP call a method, no retry. ``client``: the installation's."""

    addresses: ShopifyAddresses
    outbound: Outbound
    clock: Clock
    client: LwaClient | None

    def exchange(self, shop: str, code: str) -> Grant:
        """Trade an authorization code for tokens; Shopify is asked for one that runs out and is renewed."""
        asked = {"code": code, "expiring": "1"}
        answer = self._asked(shop, asked, None)
        refresh = _text(answer, "refresh_token")
        if refresh is not None:
            return Grant(_kept(_Kind.REFRESH, refresh), self._lent(answer))
        if "expires_in" in answer:
            raise _strange("a token that runs out, and nothing to renew it with")
        return self.permanent(_access(answer))

    def by_client(self, shop: str, client: LwaClient | None) -> Grant:
        """What a client gets by its id and secret alone."""
        answer = self._asked(shop, {"grant_type": _BY_CLIENT}, client)
        return Grant(_kept(_Kind.CLIENT_CREDENTIALS, ""), self._lent(answer))

    def permanent(self, token: str) -> Grant:
        """A grant made of a token that does not run out. Calls nothing."""
        return Grant(_kept(_Kind.PERMANENT, token), self._for_ever(token))

    def refresh(self, token: RefreshToken, client: LwaClient | None, account: str = "") -> Renewal:
        """An access token for what is kept of a store's grant; ``account`` is the store."""
        kind, _, text = token.text.partition(":")
        if kind == _Kind.PERMANENT:
            return Renewal(self._for_ever(text))
        if kind == _Kind.CLIENT_CREDENTIALS:
            return Renewal(self.by_client(account, client).access_token)
        asked = {"refresh_token": text, "grant_type": _BY_REFRESH_TOKEN}
        answer = self._asked(account, asked, client)
        replaced = _text(answer, "refresh_token")
        return Renewal(self._lent(answer), _kept(_Kind.REFRESH, replaced) if replaced else None)

    def _client(self, own: LwaClient | None) -> LwaClient:
        client = own or self.client
        if client is None:
            raise NotConfigured("Shopify's application is not configured.", _SETTINGS)
        return client

    def _asked(self, shop: str, fields: Mapping[str, str], own: LwaClient | None) -> Mapping[str, object]:
        """The JSON object of a good answer to the user's ``own`` client, or to the installation's."""
        client = self._client(own)
        given = {"client_id": client.id, "client_secret": client.secret, **fields}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url = f"{self.addresses.admin(shop)}/oauth/access_token"
        with named_shopify():
            answer = self.outbound.send("POST", url, None, headers, urlencode(given).encode(), _FAR_SIDE)
        if answer.status != 200:
            raise _refused(answer, fields.get("grant_type"), own is not None)
        return _object(answer)

    def _lent(self, answer: Mapping[str, object]) -> AccessToken:
        seconds = answer.get("expires_in")
        if isinstance(seconds, bool) or not isinstance(seconds, int):
            seconds = _USUAL_SECONDS
        life = timedelta(seconds=max(0, min(seconds, _LONGEST_SECONDS)))
        return AccessToken(_access(answer), self.clock.now() + life, life, renew_unasked=False)

    def _for_ever(self, token: str) -> AccessToken:
        return AccessToken(token, self.clock.now() + _FOR_EVER, _FOR_EVER, renew_unasked=False)


def _kept(kind: _Kind, text: str) -> RefreshToken:
    return RefreshToken(f"{kind.value}:{text}")


def _text(answer: Mapping[str, object], name: str) -> str | None:
    """The token under this name, if that is what it is."""
    value = answer.get(name)
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else None


def _access(answer: Mapping[str, object]) -> str:
    token = _text(answer, "access_token")
    if token is None:
        raise _strange("no access token")
    return token


def _object(answer: RawAnswer) -> Mapping[str, object]:
    body = _body(answer)
    if body is None:
        raise WrongAnswer(
            "Shopify's answer to a token request can't be read.",
            channel=SHOPIFY,
            request_id=_request_id(answer),
        )
    return body


def _body(answer: RawAnswer) -> Mapping[str, object] | None:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _refused(answer: RawAnswer, grant_type: str | None, own: bool) -> PortsideError:
    """The error that a bad answer stands for. No text of Shopify's is passed on: it may repeat what was sent."""
    code, request_id = _code(answer), _request_id(answer)
    if answer.status in (429, 430):
        return _throttled(answer)
    if code == "shop_not_permitted":
        message = (
            "Shopify gives this store's tokens to applications of the store's own organization only (shop_not_permitted): "
            "connect the store through the consent page instead."
        )
        return ClientRefused(message, _FIELDS if own else _SETTINGS, code, own)
    if code == "app_not_installed":
        message = "The application is not installed in this store (app_not_installed): install it there, then connect."
        return ReauthorizationRequired(message, channel=SHOPIFY, request_id=request_id)
    if code in _CLIENT_WORDS or (answer.status in (400, 401) and grant_type == _BY_CLIENT):
        return _client_refused(code, own)
    if answer.status in (400, 401) and grant_type == _BY_REFRESH_TOKEN:
        message = (
            f"Shopify does not honour the store's consent any more ({code}): install the application again."
        )
        return ReauthorizationRequired(message, channel=SHOPIFY, request_id=request_id)
    kind = UpstreamFailed if answer.status >= 500 or answer.status < 400 else UpstreamRefused
    return kind(_refusal(answer.status, code), channel=SHOPIFY, request_id=request_id)


def _throttled(answer: RawAnswer) -> RateLimited:
    waits = answer.headers.get("retry-after", "")
    seconds = float(waits) if _SECONDS.fullmatch(waits) else _THROTTLED_SECONDS
    return RateLimited("Shopify asks us to slow down.", seconds, channel=SHOPIFY)


def _client_refused(code: str, own: bool) -> ClientRefused:
    whose = "the client that was brought along" if own else "this installation's application"
    names = _FIELDS if own else _SETTINGS
    message = (
        f"Shopify does not accept {whose} ({code}): compare {' and '.join(names)} with the application's page in "
        "Shopify's Dev Dashboard. No store has to be connected again for it."
    )
    return ClientRefused(message, names, code, own)


def _refusal(status: int, code: str) -> str:
    said = {
        402: "The store is frozen: its owner has to settle the bill with Shopify.",
        403: "Shopify forbids it to this application.",
        404: "Shopify knows no such store.",
        423: "Shopify has locked the store: its owner has to ask Shopify's support.",
    }
    if status >= 500:
        return f"Shopify's token endpoint failed ({status})."
    return said.get(status, f"Shopify refused the token request ({code}).")


def _code(answer: RawAnswer) -> str:
    """Shopify's word for what is wrong, wherever it stands: it answers with JSON, or with a page."""
    body = _body(answer)
    said = body.get("error") if body is not None else None
    if isinstance(said, str) and _WORD.fullmatch(said) and answer.status < 500:
        return said
    if body is None and 400 <= answer.status < 500:
        page = answer.body[:20_000].decode("utf-8", "replace").lower()
        named = (word for word in ("shop_not_permitted", "app_not_installed", *_CLIENT_WORDS) if word in page)
        found = re.search(r"oauth error ([a-z_]{1,40})", page)
        return next(named, found[1] if found else f"status {answer.status}")
    return f"status {answer.status}"


def _request_id(answer: RawAnswer) -> str | None:
    return answer.headers.get("x-request-id", "")[:100] or None


def _strange(what: str) -> WrongAnswer:
    return WrongAnswer(f"Shopify answered a token request with {what}.", channel=SHOPIFY)
