"""The simulated Amazon as one Flask application."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask

from entrypoints.simulator.ads.site import Ads, add_ads
from entrypoints.simulator.ads.tokens import SharedEndpoint
from entrypoints.simulator.appstore import AppstoreDesk, appstore_blueprint
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.consent import ConsentDesk, consent_blueprint
from entrypoints.simulator.control import control_blueprint
from entrypoints.simulator.lwa import TokenEndpoint, lwa_blueprint
from entrypoints.simulator.marketplaces import REGIONS
from entrypoints.simulator.operations import (
    catalog,
    fees,
    inbound,
    inventory,
    orders,
    reports,
    restricted,
    restrictions,
    sales,
    sellers,
)
from entrypoints.simulator.order_troubles import OrderHand
from entrypoints.simulator.page_troubles import Troubles
from entrypoints.simulator.reception import Reception
from entrypoints.simulator.report_desk import ReportDesk
from entrypoints.simulator.report_documents import Archive, DocumentStore, documents_blueprint
from entrypoints.simulator.settlements import Settlements
from entrypoints.simulator.shopify.site import Shopify, add_shopify
from entrypoints.simulator.sp_api import REGION_KEY, SpApi, sp_api_blueprint
from entrypoints.simulator.store import Store
from entrypoints.simulator.tokens import Revocations, Signer, TokenOffice

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OPERATIONS = (
    *sellers.OPERATIONS,
    *orders.OPERATIONS,
    *inventory.OPERATIONS,
    *sales.OPERATIONS,
    *fees.OPERATIONS,
    *restrictions.OPERATIONS,
    *inbound.OPERATIONS,
    *reports.OPERATIONS,
    *catalog.OPERATIONS,
    *restricted.OPERATIONS,
)


@dataclass(frozen=True)
class RegionStep:
    """Lets one address play all hosts: takes ``/na``, ``/eu`` or ``/fe`` off the path and remembers it."""

    app: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        _, _, rest = environ.get("PATH_INFO", "").partition("/")
        region, slash, path = rest.partition("/")
        if region in REGIONS and slash:
            environ[REGION_KEY] = region
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{region}"
            environ["PATH_INFO"] = f"/{path}"
        return self.app(environ, start_response)


@dataclass(frozen=True)
class Simulator:
    """All parts of one simulated Amazon, and of the Shopify beside it, for those who run them in their own process."""

    config: SimulatorConfig
    store: Store
    reception: Reception
    endpoint: TokenEndpoint
    ads: Ads
    api: SpApi
    shopify: Shopify
    app: Flask = field(repr=False)

    def refresh_token(self, seller_id: str, client_id: str | None = None) -> str:
        """A refresh token as the seller's consent would give it."""
        return self.endpoint.self_authorised(client_id or self.config.client_id, seller_id)


#: Werkzeug compiles its rules through Python's syntax trees, which Python 3.11 can't make in two threads at once.
_ONE_AT_A_TIME = Lock()


def build_simulator(config: SimulatorConfig, store: Store | None = None) -> Simulator:
    """The parts, put together.

    Several simulators of equal configurations may share one store, which then draws its orders only once.
    """
    with _ONE_AT_A_TIME:
        return _built(config, store or Store(config))


def _built(config: SimulatorConfig, store: Store) -> Simulator:
    office = TokenOffice(Signer.from_seed(config.seed))
    revocations = Revocations()
    reception = Reception(latency_ms=config.latency_ms)
    endpoint = TokenEndpoint(config, office, revocations)
    reports_desk = ReportDesk(config.report_seconds, unasked=Settlements(store).of)
    archive = Archive(store)
    troubles = Troubles()
    api = SpApi(
        config, store, office, revocations, OPERATIONS, reports_desk, archive, troubles, reception.calls
    )
    documents = DocumentStore(config, archive, office.signer, reports_desk)
    app = Flask("portside-simulator", static_folder=None)
    ads = add_ads(app, config, store, office.signer, reception, troubles.orders)
    app.register_blueprint(lwa_blueprint(SharedEndpoint(ads.tokens, endpoint), reception))
    desk = ConsentDesk(config, office, revocations)
    app.register_blueprint(consent_blueprint(desk))
    app.register_blueprint(appstore_blueprint(AppstoreDesk(config, office, desk)))
    app.register_blueprint(sp_api_blueprint(api, reception))
    app.register_blueprint(documents_blueprint(documents, reception))
    shopify = add_shopify(app, config, office.signer, reception)
    hand = OrderHand(store, troubles.orders, config.now)
    app.register_blueprint(
        control_blueprint(reception, endpoint, api.buckets, api.reports, hand, troubles.pages, shopify.levers)
    )
    app.wsgi_app = RegionStep(app.wsgi_app)  # type: ignore[method-assign]
    return Simulator(config, store, reception, endpoint, ads, api, shopify, app)


def create_simulator(config: SimulatorConfig) -> Flask:
    """The application, for any WSGI server."""
    return build_simulator(config).app
