"""Authorization that begins at Amazon: the page with the seller's apps, and the way back from the application's log-in.

Source: https://developer-docs.amazon.com/sp-api/docs/selling-partner-appstore-authorization-workflow
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template_string, request
from werkzeug.wrappers import Response as BaseResponse

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.consent import FORM_SECONDS, ConsentDesk, ConsentError, error_page, html_page
from entrypoints.simulator.consent_page import MANAGE_PAGE
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.sp_api import REGION_KEY
from entrypoints.simulator.tokens import TokenOffice

_PURPOSE = "amazon state"


@dataclass(frozen=True)
class AppstoreDesk:
    """Sends sellers to the application, and takes them back. Knows no HTTP."""

    config: SimulatorConfig
    office: TokenOffice
    consent: ConsentDesk

    def links(self, address: str, region: str | None) -> list[tuple[Seller, str]]:
        """Each seller of the region (of all, when it is not known) with the way to the application's log-in.

        Args:
            address: Where this simulator, or this region of it, is reached.
            region: Which region's page it is.

        Raises:
            ConsentError: the application has no OAuth login URI.
        """
        if self.config.login_uri is None:
            raise ConsentError("MD9100")
        callback = f"{address.rstrip('/')}/apps/authorize/confirm/{quote(self.config.application_id)}"
        sellers = [seller for seller in self.config.sellers if region in (None, seller.region)]
        return [(seller, self._link(seller, callback, region)) for seller in sellers]

    def confirmed(self, application_id: str, parameters: Mapping[str, str], region: str | None) -> str:
        """Where to send a seller who comes back from the application's log-in.

        Raises:
            ConsentError: the application, the state of ours or what the application sent is not right.
        """
        if application_id != self.config.application_id:
            raise ConsentError("SPSA0404")
        claims = self.office.signer.open(_PURPOSE, parameters.get("amazon_state", ""))
        now = self.config.now().timestamp()
        if claims is None or claims["until"] < now or claims["region"] != region:
            raise ConsentError("EXPIRED")
        if not parameters.get("state"):
            raise ConsentError("MISSING_STATE")
        asked = self.consent.asked(parameters, region)
        return self.consent.granted(asked, claims["seller"])

    def _link(self, seller: Seller, callback: str, region: str | None) -> str:
        until = int(self.config.now().timestamp()) + FORM_SECONDS
        claims = {"seller": seller.id, "region": region, "until": until}
        query = {
            "amazon_callback_uri": callback,
            "amazon_state": self.office.signer.seal(_PURPOSE, claims),
            "selling_partner_id": seller.id,
        }
        if self.config.app_is_draft:
            query["version"] = "beta"
        login_uri = self.config.login_uri or ""
        return f"{login_uri}{'&' if urlsplit(login_uri).query else '?'}{urlencode(query)}"


def appstore_blueprint(desk: AppstoreDesk) -> Blueprint:
    """``/apps/manage`` shows the sellers, ``/apps/authorize/confirm/…`` takes them back."""
    blueprint = Blueprint("appstore", __name__)

    @blueprint.get("/apps/manage")
    def manage() -> Response:
        try:
            links = desk.links(request.root_url, request.environ.get(REGION_KEY))
        except ConsentError as error:
            return error_page(error)
        application = desk.config.application_name
        return html_page(render_template_string(MANAGE_PAGE, application=application, sellers=links), 200)

    @blueprint.get("/apps/authorize/confirm/<application_id>")
    def confirm(application_id: str) -> BaseResponse:
        try:
            target = desk.confirmed(application_id, request.args, request.environ.get(REGION_KEY))
        except ConsentError as error:
            return error_page(error)
        response = redirect(target, 302)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint
