"""Login with Amazon's consent page for advertisers: ``/ap/oa``.

A wrong client or redirect URI is an error page; everything else that is wrong sends the browser back with an ``error``.

Source: Login with Amazon, "Authorization code grant", and Amazon Ads API, "Authorization grants".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template_string, request
from werkzeug.wrappers import Response as BaseResponse

from entrypoints.simulator.ads.directory import Directory
from entrypoints.simulator.ads.pages import CONSENT_PAGE, WRONG_PAGE
from entrypoints.simulator.ads.tokens import SCOPE, AdsTokens
from entrypoints.simulator.consent import FORM_SECONDS, html_page

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PURPOSE = "ads consent form"
_METHODS = ("S256", "plain")
_TESTS = "advertising::test:create_account"


class WrongPage(Exception):
    """What the page shows in place of the question."""


class SentBack(Exception):
    """Where the browser is sent instead of being asked."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


@dataclass(frozen=True)
class Asked:
    """A question to the advertiser, checked."""

    redirect_uri: str
    state: str | None
    scope: str
    challenge: str
    method: str

    def back(self, **parameters: str) -> str:
        """The redirect URI with these parameters and the state."""
        told = parameters | ({} if self.state is None else {"state": self.state})
        joint = "&" if urlsplit(self.redirect_uri).query else "?"
        return f"{self.redirect_uri}{joint}{urlencode(told, quote_via=quote)}"


@dataclass(frozen=True)
class AdsConsent:
    """Checks what is asked and issues codes. Knows no HTTP."""

    tokens: AdsTokens
    directory: Directory

    def check(self, parameters: Mapping[str, str]) -> Asked:
        """The question behind a consent URL.

        Raises:
            WrongPage: the client or the redirect URI is not known.
            SentBack: something else is wrong.
        """
        ads = self.tokens.config.ads
        if parameters.get("client_id") != ads.client_id:
            raise WrongPage("An unknown client id was given (lwa-invalid-parameter-bad-client-id).")
        uri = parameters.get("redirect_uri", "")
        if "#" in uri or not (_is_loopback(uri) or uri in ads.redirect_uris):
            raise WrongPage(
                "The redirect URI is not one of this client's (lwa-invalid-parameter-bad-redirect-uri)."
            )
        method = parameters.get("code_challenge_method", "plain")
        scope = parameters.get("scope", "")
        asked = Asked(uri, parameters.get("state"), scope, parameters.get("code_challenge", ""), method)
        if parameters.get("response_type") != "code":
            words = "The authorization server does not support this response type"
            raise SentBack(asked.back(error="unsupported_response_type", error_description=words))
        known = {SCOPE, _TESTS} if ads.approved else set()
        if not scope or not set(scope.split()) <= known:
            words = "An unknown scope was requested"
            raise SentBack(asked.back(error="invalid_scope", error_description=words))
        if method not in _METHODS:
            words = "The request has an invalid parameter : code_challenge_method"
            raise SentBack(asked.back(error="invalid_request", error_description=words))
        return asked

    def form(self, asked: Asked) -> str:
        """What the page's form carries, so that only a page of ours can answer, and only for a while."""
        until = int(self.tokens.config.now().timestamp()) + FORM_SECONDS
        claims = [asked.redirect_uri, asked.state, asked.scope, asked.challenge, asked.method]
        return self.tokens.signer.seal(_PURPOSE, {"asked": claims, "until": until})

    def decided(self, form: str, person_id: str, allowed: bool) -> str:
        """Where to send somebody who has decided.

        Raises:
            WrongPage: the form is not ours or too old.
        """
        claims: dict[str, Any] | None = self.tokens.signer.open(_PURPOSE, form)
        if claims is None or claims["until"] < self.tokens.config.now().timestamp():
            raise WrongPage("This page has been open for too long, or the form was changed. Start again.")
        asked = Asked(*claims["asked"])
        if not allowed:
            return asked.back(error="access_denied", error_description="Access not permitted")
        person = self.directory.everybody.person(person_id)
        if person is None:
            raise WrongPage("There is no such person.")
        code = self.tokens.code(person.id, asked.redirect_uri, asked.challenge, asked.method)
        return asked.back(code=code, scope=asked.scope)


def _is_loopback(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK


def consent_blueprint(consent: AdsConsent) -> Blueprint:
    """``/ap/oa``: GET shows the page, POST takes the decision."""
    blueprint = Blueprint("ads_consent", __name__)

    @blueprint.get("/ap/oa")
    def ask() -> BaseResponse:
        try:
            asked = consent.check(request.args)
        except WrongPage as error:
            return _wrong(error)
        except SentBack as error:
            return _sent(error.target)
        page = render_template_string(
            CONSENT_PAGE,
            application=consent.tokens.config.application_name,
            host=urlsplit(asked.redirect_uri).netloc,
            persons=consent.directory.everybody.persons,
            form=consent.form(asked),
        )
        return html_page(page, 200)

    @blueprint.post("/ap/oa")
    def decide() -> BaseResponse:
        fields = request.form
        try:
            allowed = fields.get("decision") == "allow"
            return _sent(consent.decided(fields.get("form", ""), fields.get("person_id", ""), allowed))
        except WrongPage as error:
            return _wrong(error)

    return blueprint


def _wrong(error: WrongPage) -> Response:
    return html_page(render_template_string(WRONG_PAGE, message=str(error)), 400)


def _sent(target: str) -> BaseResponse:
    response = redirect(target, 302)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
