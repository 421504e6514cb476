"""Login with Amazon's token endpoint: codes, refresh tokens and client credentials become access tokens.

Source: https://developer-docs.amazon.com/sp-api/docs/connecting-to-the-selling-partner-api
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Protocol
from uuid import uuid4

from flask import Blueprint, Response, request

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.reception import Interruption, Reception
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.tokens import Access, Consent, Revocations, TokenOffice

ACCESS_TOKEN_SECONDS = 3600
CODE_SECONDS = 300
CONSENT_SECONDS = 365 * 24 * 3600
GRANTS = ("authorization_code", "refresh_token", "client_credentials")
SCOPES = frozenset(
    {
        "sellingpartnerapi::notifications",
        "sellingpartnerapi::client_credential:rotation",
        "sellingpartnerapi::shipments:track",
    }
)

Fields = Mapping[str, str]


class LwaRefusal(Exception):
    """Why no token is given: LWA's error code, its description and the HTTP status."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class Grants(Protocol):
    """Whatever answers token requests."""

    def grant(self, fields: Fields) -> dict[str, Any]:
        """The answer to a token request. Raises LwaRefusal."""


@dataclass(frozen=True)
class TokenEndpoint:
    """Decides what a token request gets. Knows no HTTP."""

    config: SimulatorConfig
    office: TokenOffice
    revocations: Revocations
    _used_codes: set[str] = field(default_factory=set, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def grant(self, fields: Fields) -> dict[str, Any]:
        """The answer to a token request.

        Raises:
            LwaRefusal: the request gets no token.
        """
        grant_type = _required(fields, "grant_type")
        if grant_type not in GRANTS:
            raise LwaRefusal("unsupported_grant_type", "The authorization grant type is not supported.")
        client_id, secret = _required(fields, "client_id"), _required(fields, "client_secret")
        if not self.config.is_client(client_id, secret):
            raise LwaRefusal("invalid_client", "Client authentication failed", 401)
        if grant_type == "client_credentials":
            return self._for_client(client_id, _required(fields, "scope"))
        if grant_type == "authorization_code":
            return self._for_code(client_id, _required(fields, "code"), fields.get("redirect_uri"))
        return self._for_refresh_token(client_id, _required(fields, "refresh_token"))

    def self_authorised(self, client_id: str, seller_id: str) -> str:
        """A refresh token as a seller gets it who authorises their own application in the portal."""
        issued_at = int(self.config.now().timestamp())
        return self.office.refresh_token(
            Consent(client_id, seller_id, issued_at, self.revocations.generation(seller_id))
        )

    def _for_client(self, client_id: str, scope: str) -> dict[str, Any]:
        if not set(scope.split()) <= SCOPES:
            raise LwaRefusal("invalid_scope", "The request has an invalid scope parameter.")
        access = Access(client_id, None, None, scope, self._expiry(), 0)
        return {**self._lent(access), "scope": scope}

    def _for_code(self, client_id: str, code: str, redirect_uri: str | None) -> dict[str, Any]:
        consent = self.office.read_code(code)
        now = int(self.config.now().timestamp())
        if consent is None or now > consent.issued_at + CODE_SECONDS:
            raise _invalid_grant("code")
        _same_client(consent, client_id)
        # A code from a consent URL with a redirect_uri belongs to it. The official examples leave the field
        # out when they exchange the code, so a missing one is no refusal.
        if redirect_uri and consent.redirect_uri and redirect_uri != consent.redirect_uri:
            raise _invalid_grant("redirect_uri")
        with self._lock:
            if consent.nonce in self._used_codes:
                raise _invalid_grant("code")
            self._used_codes.add(consent.nonce)
        seller = self._seller_of(consent, "code")
        token = self.office.refresh_token(replace(consent, issued_at=now, redirect_uri=None, nonce=""))
        return {**self._lent(self._access(consent, seller)), "refresh_token": token}

    def _for_refresh_token(self, client_id: str, token: str) -> dict[str, Any]:
        consent = self.office.read_refresh_token(token)
        if consent is None or self.config.now().timestamp() > consent.issued_at + CONSENT_SECONDS:
            raise _invalid_grant("refresh_token")
        _same_client(consent, client_id)
        seller = self._seller_of(consent, "refresh_token")
        return {**self._lent(self._access(consent, seller)), "refresh_token": token}

    def _seller_of(self, consent: Consent, parameter: str) -> Seller:
        known = {seller.id: seller for seller in self.config.sellers}
        if consent.seller_id not in known or self.revocations.revoked(consent.seller_id, consent.generation):
            raise _invalid_grant(parameter)
        return known[consent.seller_id]

    def _access(self, consent: Consent, seller: Seller) -> Access:
        return Access(consent.client_id, seller.id, seller.region, None, self._expiry(), consent.generation)

    def _expiry(self) -> int:
        return int(self.config.now().timestamp()) + ACCESS_TOKEN_SECONDS

    def _lent(self, access: Access) -> dict[str, Any]:
        return {
            "access_token": self.office.access_token(access),
            "token_type": "bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
        }


def _required(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise LwaRefusal("invalid_request", f"The request is missing a required parameter : {name}")
    return fields[name]


def _same_client(consent: Consent, client_id: str) -> None:
    if consent.client_id != client_id:
        raise LwaRefusal("unauthorized_client", "Not authorized for requested operation")


def _invalid_grant(parameter: str) -> LwaRefusal:
    return LwaRefusal(
        "invalid_grant",
        f"The request has an invalid grant parameter : {parameter}. "
        "User may have revoked or didn't grant the permission.",
    )


def lwa_blueprint(endpoint: Grants, reception: Reception) -> Blueprint:
    """``POST /auth/o2/token``."""
    blueprint = Blueprint("lwa", __name__)

    @blueprint.post("/auth/o2/token")
    def token() -> Response:
        fields = _fields()
        grant_type = fields.get("grant_type", "")
        operation = f"lwa.{grant_type if grant_type in GRANTS else 'unknown'}"
        return reception.receive(operation, lambda: _answer(endpoint, fields), _lwa_fault)

    return blueprint


def _fields() -> Fields:
    """The body's fields: a form, or JSON as the official Java SDK sends it. HTTP Basic is not looked at."""
    if request.mimetype == "application/json":
        body = request.get_json(silent=True)
        return {str(name): str(value) for name, value in body.items()} if isinstance(body, dict) else {}
    return request.form.to_dict()


def _answer(endpoint: Grants, fields: Fields) -> Response:
    try:
        return lwa_response(endpoint.grant(fields), 200)
    except LwaRefusal as refusal:
        return refusal_response(refusal)


def refusal_response(refusal: LwaRefusal) -> Response:
    body = {"error": refusal.error, "error_description": refusal.description, "request_id": str(uuid4())}
    if refusal.error == "invalid_grant":
        body["error_index"] = "0"
    return lwa_response(body, refusal.status)


def _lwa_fault(interruption: Interruption) -> Response:
    """A fault in LWA's own shape."""
    error = interruption.error or _ERRORS_BY_STATUS.get(interruption.status, "server_error")
    return refusal_response(LwaRefusal(error, interruption.message, interruption.status))


_ERRORS_BY_STATUS = {
    400: "invalid_request",
    401: "invalid_client",
    403: "access_denied",
    429: "temporarily_unavailable",
    503: "temporarily_unavailable",
}


def lwa_response(body: Mapping[str, Any], status: int) -> Response:
    response = Response(json.dumps(body), status, content_type="application/json;charset=UTF-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    response.headers["x-amzn-RequestId"] = str(uuid4())
    return response
