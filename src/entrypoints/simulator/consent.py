"""Seller Central's consent page: the seller is asked, and sent back with a code or without.

Source: https://developer-docs.amazon.com/sp-api/docs/website-authorization-workflow and
https://developer-docs.amazon.com/sp-api/docs/authorization-errors for the error codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template_string, request
from werkzeug.wrappers import Response as BaseResponse

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.consent_page import ERROR_PAGE, PAGE
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.sp_api import REGION_KEY
from entrypoints.simulator.tokens import Consent, Revocations, TokenOffice

#: From opening the page to the decision.
FORM_SECONDS = 600
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PURPOSE = "consent form"

#: Error code → what the page says.
ERRORS = {
    "MD1000": "The application is in draft status. Add version=beta to the authorization URL.",
    "MD5101": "The redirect_uri is not registered for this application.",
    "MD5110": "The redirect_uri must not contain a fragment (#).",
    "MD9100": "The application has no OAuth login URI or no redirect URI.",
    "SPSA0404": "The application was not found.",
    "MISSING_STATE": "The application sent no state along.",
    "EXPIRED": "This page has been open for too long, or the form was changed. Start again.",
}


class ConsentError(Exception):
    """What the page shows instead of the question."""

    def __init__(self, code: str) -> None:
        super().__init__(ERRORS[code])
        self.code = code


@dataclass(frozen=True)
class Asked:
    """A question to the seller, checked."""

    state: str | None
    redirect_uri: str
    #: Whether the consent URL named the redirect URI; the code is then bound to it.
    named: bool
    region: str | None


@dataclass(frozen=True)
class ConsentDesk:
    """Checks what is asked and issues codes. Knows no HTTP."""

    config: SimulatorConfig
    office: TokenOffice
    revocations: Revocations

    def check(self, parameters: Mapping[str, str], region: str | None) -> Asked:
        """The question behind a consent URL.

        Raises:
            ConsentError: Amazon would show an error page.
        """
        if parameters.get("application_id") != self.config.application_id:
            raise ConsentError("SPSA0404")
        return self.asked(parameters, region)

    def asked(self, parameters: Mapping[str, str], region: str | None) -> Asked:
        """The question, once the application is known.

        Raises:
            ConsentError: Amazon would show an error page.
        """
        if self.config.app_is_draft and parameters.get("version") != "beta":
            raise ConsentError("MD1000")
        named = parameters.get("redirect_uri")
        if not named and not self.config.redirect_uris:
            raise ConsentError("MD9100")
        redirect_uri = named or self.config.redirect_uris[0]
        if "#" in redirect_uri:
            raise ConsentError("MD5110")
        if not self._registered(redirect_uri):
            raise ConsentError("MD5101")
        return Asked(parameters.get("state"), redirect_uri, bool(named), region)

    def sellers(self, asked: Asked) -> tuple[Seller, ...]:
        """Who may answer: the sellers of the region, or all when it is not known."""
        return tuple(seller for seller in self.config.sellers if asked.region in (None, seller.region))

    def form(self, asked: Asked) -> str:
        """What the page's form carries, so that only a page of ours can answer, and only for a while."""
        claims = {
            "state": asked.state,
            "uri": asked.redirect_uri,
            "named": asked.named,
            "region": asked.region,
            "until": int(self.config.now().timestamp()) + FORM_SECONDS,
        }
        return self.office.signer.seal(_PURPOSE, claims)

    def read_form(self, text: str) -> Asked:
        """Raises:
        ConsentError: the form is not ours or too old.
        """
        claims: dict[str, Any] | None = self.office.signer.open(_PURPOSE, text)
        if claims is None or claims["until"] < self.config.now().timestamp():
            raise ConsentError("EXPIRED")
        return Asked(claims["state"], claims["uri"], claims["named"], claims["region"])

    def confirmed(self, asked: Asked, seller_id: str) -> str:
        """Where to send a seller who agrees.

        Raises:
            ConsentError: the form offered no such seller.
        """
        if seller_id not in {seller.id for seller in self.sellers(asked)}:
            raise ConsentError("EXPIRED")
        return self.granted(asked, seller_id)

    def granted(self, asked: Asked, seller_id: str) -> str:
        """The redirect URI with a fresh code of this seller's."""
        consent = Consent(
            client_id=self.config.client_id,
            seller_id=seller_id,
            issued_at=int(self.config.now().timestamp()),
            generation=self.revocations.generation(seller_id),
            redirect_uri=asked.redirect_uri if asked.named else None,
        )
        code = self.office.code(consent)
        return _with_query(asked, {"selling_partner_id": seller_id, "spapi_oauth_code": code})

    def declined(self, asked: Asked) -> str:
        """Where to send a seller who does not. What Amazon sends then is not documented."""
        return _with_query(asked, {"error": "access_denied"})

    def _registered(self, redirect_uri: str) -> bool:
        parts = urlsplit(redirect_uri)
        loopback = parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
        return loopback or redirect_uri in self.config.redirect_uris


def _with_query(asked: Asked, parameters: Mapping[str, str]) -> str:
    state = {"state": asked.state} if asked.state is not None else {}
    joint = "&" if urlsplit(asked.redirect_uri).query else "?"
    return f"{asked.redirect_uri}{joint}{urlencode(state | dict(parameters))}"


def consent_blueprint(desk: ConsentDesk) -> Blueprint:
    """``/apps/authorize/consent``: GET shows the page, POST takes the decision."""
    blueprint = Blueprint("consent", __name__)

    @blueprint.get("/apps/authorize/consent")
    def ask() -> Response:
        try:
            asked = desk.check(request.args, request.environ.get(REGION_KEY))
        except ConsentError as error:
            return error_page(error)
        page = render_template_string(
            PAGE,
            application=desk.config.application_name,
            host=urlsplit(asked.redirect_uri).netloc,
            sellers=desk.sellers(asked),
            form=desk.form(asked),
        )
        return html_page(page, 200)

    @blueprint.post("/apps/authorize/consent")
    def decide() -> BaseResponse:
        try:
            asked = desk.read_form(request.form.get("form", ""))
            if request.form.get("decision") == "confirm":
                target = desk.confirmed(asked, request.form.get("seller_id", ""))
            else:
                target = desk.declined(asked)
        except ConsentError as error:
            return error_page(error)
        response = redirect(target, 302)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint


def error_page(error: ConsentError) -> Response:
    """What the seller sees in place of what they came for."""
    return html_page(render_template_string(ERROR_PAGE, code=error.code, message=str(error)), 400)


def html_page(html: str, status: int) -> Response:
    """A page without scripts, of which no address is passed on."""
    response = Response(html, status, content_type="text/html; charset=utf-8")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
