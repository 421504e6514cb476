"""The stores' doors over HTTP: the page that asks an owner, and the token endpoint."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template_string, request
from werkzeug.wrappers import Response as BaseResponse

from entrypoints.simulator.consent import html_page
from entrypoints.simulator.consent_page import STYLE
from entrypoints.simulator.reception import Interruption, Reception
from entrypoints.simulator.shopify.admin import plain_error
from entrypoints.simulator.shopify.oauth import EXCHANGE, Asked, Refused, TokenDesk
from entrypoints.simulator.shopify.shops import Shops
from entrypoints.simulator.shopify.stores import ShopifyStore
from entrypoints.simulator.tokens import Signer

_PURPOSE = "shopify consent form"
_FORM_SECONDS = 600
_GRANTS = {
    "authorization_code": "code",
    "refresh_token": "refresh",
    "client_credentials": "credentials",
    EXCHANGE: "exchange",
}
_HEAD = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Install application - simulated Shopify</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="place">Simulated Shopify: nothing here belongs to Shopify</p>
"""
_TAIL = "</main>\n</body>\n</html>\n"
_PAGE = f"""{_HEAD}<h1>Install {{{{ application }}}} on {{{{ store.name }}}}?</h1>
<p>{{{{ application }}}} asks for access to {{{{ store.shop }}}}:</p>
<ul>
{{% for scope in scopes %}}<li>{{{{ scope }}}}</li>
{{% endfor %}}</ul>
<form method="post">
<input type="hidden" name="form" value="{{{{ form }}}}">
<div class="actions">
<button class="confirm" type="submit" name="decision" value="confirm">Install</button>
<button type="submit" name="decision" value="cancel">Cancel</button>
</div>
</form>
{_TAIL}"""
_ERROR = f"""{_HEAD}<h1>This application can't be installed</h1>
<p>{{{{ message }}}}</p>
<p class="place">Oauth error {{{{ code }}}}</p>
{_TAIL}"""


def doors_blueprint(shops: Shops, desk: TokenDesk, signer: Signer, reception: Reception) -> Blueprint:
    """``/{shop}/admin/oauth/authorize`` and ``/{shop}/admin/oauth/access_token``."""
    blueprint = Blueprint("shopify_doors", __name__)
    now = desk.config.now

    @blueprint.get("/<shop>/admin/oauth/authorize")
    def ask(shop: str) -> Response:
        store = shops.find(shop)
        if store is None:
            return _error_page(Refused("shop_not_found", "There is no such store.", 404))
        try:
            asked = desk.asked(store, request.args)
        except Refused as refusal:
            return _error_page(refusal)
        until = int(now().timestamp()) + _FORM_SECONDS
        claims = {"scopes": asked.scopes, "uri": asked.redirect_uri, "state": asked.state}
        page = render_template_string(
            _PAGE,
            application=desk.config.application_name,
            store=store,
            scopes=asked.scopes,
            form=signer.seal(_PURPOSE, {**claims, "shop": store.shop, "until": until}),
        )
        return html_page(page, 200)

    @blueprint.post("/<shop>/admin/oauth/authorize")
    def decide(shop: str) -> BaseResponse:
        store, claims = shops.find(shop), signer.open(_PURPOSE, request.form.get("form", ""))
        if store is None or claims is None or not _good(claims, store, now().timestamp()):
            return _error_page(Refused("expired", "This page has been open for too long. Start again."))
        asked = Asked(store, tuple(claims["scopes"]), claims["uri"], claims["state"])
        agreed = request.form.get("decision") == "confirm"
        answer = redirect(desk.accepted(asked) if agreed else desk.denied(asked), 302)
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @blueprint.post("/<shop>/admin/oauth/access_token")
    def token(shop: str) -> Response:
        fields = _fields()
        kind = _GRANTS.get(fields.get("grant_type", "authorization_code"), "unknown")
        return reception.receive(
            f"shopify.token.{kind}", lambda: _token(shops.find(shop), desk, fields), _shape
        )

    return blueprint


def _good(claims: dict[str, Any], store: ShopifyStore, now: float) -> bool:
    return bool(claims["shop"] == store.shop and claims["until"] >= now)


def _fields() -> dict[str, str]:
    """A form or JSON; both are documented."""
    if request.mimetype == "application/json":
        body = request.get_json(silent=True)
        return {str(name): str(value) for name, value in body.items()} if isinstance(body, dict) else {}
    return request.form.to_dict()


def _token(store: ShopifyStore | None, desk: TokenDesk, fields: dict[str, str]) -> Response:
    if store is None:
        return plain_error(404)
    try:
        return _json(desk.answer(store, fields), 200)
    except Refused as refusal:
        return _json({"error": refusal.error, "error_description": refusal.description}, refusal.status)


def _shape(interruption: Interruption) -> Response:
    return plain_error(interruption.status)


def _json(body: dict[str, Any], status: int) -> Response:
    response = Response(json.dumps(body), status, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Request-Id"] = str(uuid4())
    return response


def _error_page(refusal: Refused) -> Response:
    page = render_template_string(_ERROR, code=refusal.error, message=refusal.description)
    return html_page(page, refusal.status)
