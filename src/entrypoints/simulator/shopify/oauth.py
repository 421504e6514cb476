"""How an application gets a store's tokens: code, refresh token, client credentials, and the exchange of a permanent one.

Source: https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens; bodies and lifetimes also from
Shopify/shopify-app-js. What the error codes of refused tokens are is not documented.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode, urlsplit

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.shopify.signing import query_signature
from entrypoints.simulator.shopify.stores import ShopifyStore
from entrypoints.simulator.shopify.tokens import Grant, TokenOffice

CODE_SECONDS = 300
EXPIRING_SECONDS = 3600
REFRESH_SECONDS = 90 * 24 * 3600
CREDENTIALS_SECONDS = 86_399
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Fields = Mapping[str, str]


class Refused(Exception):
    """Why there is no token, in OAuth's words."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


@dataclass(frozen=True)
class Asked:
    """A question to a store's owner, checked."""

    store: ShopifyStore
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str | None


@dataclass(frozen=True)
class TokenDesk:
    """Decides what a token request gets, and where a consent leads. Knows no HTTP."""

    config: SimulatorConfig
    office: TokenOffice

    def asked(self, store: ShopifyStore, fields: Fields) -> Asked:
        """The question behind a consent URL.

        Raises:
            Refused: Shopify would show an error page.
        """
        if fields.get("client_id") != self.config.shopify_client_id:
            raise Refused("application_cannot_be_found", "The application was not found.")
        redirect_uri = fields.get("redirect_uri", "")
        if not self._registered(redirect_uri):
            raise Refused("invalid_request", "The redirect_uri is not whitelisted.")
        scopes = tuple(scope for scope in fields.get("scope", "").replace(" ", "").split(",") if scope)
        return Asked(store, scopes, redirect_uri, fields.get("state"))

    def accepted(self, asked: Asked) -> str:
        """Where to send an owner who installs the application: back, with a code, signed."""
        self.office.installations.install(asked.store.shop)
        grant = self._grant(asked.store, asked.scopes, CODE_SECONDS)
        code = self.office.issue("code", replace(grant, redirect_uri=asked.redirect_uri))
        return self._back(asked, {"code": code})

    def denied(self, asked: Asked) -> str:
        """Where to send an owner who does not. Shopify's own way is not documented."""
        return self._back(asked, {"error": "access_denied"})

    def permanent(self, store: ShopifyStore, scopes: tuple[str, ...] | None = None) -> str:
        """A token without an end, as a consent gives it that asks for none."""
        return self.office.issue("access", self._grant(store, store.scopes if scopes is None else scopes))

    def answer(self, store: ShopifyStore, fields: Fields) -> dict[str, Any]:
        """The answer to a token request.

        Raises:
            Refused: the request gets no token.
        """
        client = (self.config.shopify_client_id, self.config.shopify_client_secret)
        if (fields.get("client_id"), fields.get("client_secret")) != client:
            raise Refused("invalid_client", "Client authentication failed.", 401)
        grant_type = fields.get("grant_type", "authorization_code")
        if grant_type == "client_credentials":
            return self._by_credentials(store)
        if grant_type == "refresh_token":
            return self._by_refresh_token(store, fields)
        if grant_type == EXCHANGE:
            return self._by_exchange(store, fields)
        if grant_type == "authorization_code":
            return self._by_code(store, fields)
        raise Refused("unsupported_grant_type", "The grant type is not supported.")

    def holder(self, store: ShopifyStore, token: str) -> Grant | None:
        """Whose access token this is, while it is good on this store."""
        if token == store.access_token and not self._uninstalled(store) and not self.office.ended(token):
            return self._grant(store, store.scopes)
        grant = self.office.read("access", token) or self.office.read("lent", token)
        if grant is None or grant.shop != store.shop:
            return None
        return grant if grant.until is None or self._now() < grant.until else None

    def _by_code(self, store: ShopifyStore, fields: Fields) -> dict[str, Any]:
        code = fields.get("code", "")
        grant = self.office.read("code", code)
        stale = grant is None or grant.shop != store.shop or self._now() > (grant.until or 0)
        if grant is None or stale or not self.office.use_code(code):
            raise Refused("invalid_request", "The authorization code was not found or was already used.")
        grant = replace(grant, until=None, redirect_uri=None, family=token_hex(8))
        if fields.get("expiring") not in ("1", "true"):
            return {"access_token": self.office.issue("access", grant), "scope": ",".join(grant.scopes)}
        return self._expiring(grant)

    def _by_refresh_token(self, store: ShopifyStore, fields: Fields) -> dict[str, Any]:
        grant = self.office.read("refresh", fields.get("refresh_token", ""))
        fits = grant is not None and grant.shop == store.shop and self._now() < (grant.until or 0)
        if grant is None or not fits or not self.office.use_refresh_token(grant):
            raise Refused("invalid_grant", "This request requires an active refresh_token.")
        return self._expiring(replace(grant, place=grant.place + 1))

    def _by_credentials(self, store: ShopifyStore) -> dict[str, Any]:
        if not store.same_organization:
            raise Refused("shop_not_permitted", "Client credentials cannot be performed on this shop.")
        if self._uninstalled(store):
            raise Refused("app_not_installed", "The application is not installed on this shop.")
        grant = self._grant(store, store.scopes, CREDENTIALS_SECONDS)
        return {
            "access_token": self.office.issue("lent", grant),
            "scope": ",".join(grant.scopes),
            "expires_in": CREDENTIALS_SECONDS,
        }

    def _by_exchange(self, store: ShopifyStore, fields: Fields) -> dict[str, Any]:
        told = (fields.get("subject_token_type"), fields.get("requested_token_type"), fields.get("expiring"))
        if told != (OFFLINE, OFFLINE, "1"):
            raise Refused("invalid_request", "Only an offline token can be exchanged, for an expiring one.")
        subject = fields.get("subject_token", "")
        grant = self.holder(store, subject)
        if grant is None or grant.until is not None:
            raise Refused("invalid_subject_token", "The subject token is not a non-expiring offline token.")
        self.office.end(subject)
        return self._expiring(replace(grant, family=token_hex(8)))

    def _expiring(self, grant: Grant) -> dict[str, Any]:
        access = replace(grant, until=self._now() + EXPIRING_SECONDS)
        refresh = replace(grant, until=self._now() + REFRESH_SECONDS)
        return {
            "access_token": self.office.issue("access", access),
            "scope": ",".join(grant.scopes),
            "expires_in": EXPIRING_SECONDS,
            "refresh_token": self.office.issue("refresh", refresh),
            "refresh_token_expires_in": REFRESH_SECONDS,
        }

    def _grant(self, store: ShopifyStore, scopes: tuple[str, ...], seconds: int | None = None) -> Grant:
        """What the store gives of the scopes that were asked for; one for writing holds the one for reading."""
        wanted = {scope.replace("write_", "read_", 1) for scope in scopes}
        return Grant(
            shop=store.shop,
            client_id=self.config.shopify_client_id,
            scopes=tuple(scope for scope in store.scopes if scope in wanted),
            generation=self.office.installations.generation(store.shop),
            until=None if seconds is None else self._now() + seconds,
        )

    def _uninstalled(self, store: ShopifyStore) -> bool:
        return not self.office.installations.installed(store.shop)

    def _back(self, asked: Asked, parameters: Mapping[str, str]) -> str:
        host = b64encode(f"admin.shopify.com/store/{asked.store.handle}".encode()).decode().rstrip("=")
        told = {**parameters, "host": host, "shop": asked.store.shop, "timestamp": str(self._now())}
        told |= {"state": asked.state} if asked.state is not None else {}
        signed = {"hmac": query_signature(self.config.shopify_client_secret, told), **told}
        joint = "&" if urlsplit(asked.redirect_uri).query else "?"
        return f"{asked.redirect_uri}{joint}{urlencode(signed)}"

    def _registered(self, redirect_uri: str) -> bool:
        parts = urlsplit(redirect_uri)
        loopback = parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
        return loopback or redirect_uri in self.config.shopify_redirect_uris

    def _now(self) -> int:
        return int(self.config.now().timestamp())
