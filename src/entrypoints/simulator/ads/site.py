"""The simulated Ads API, put together."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from entrypoints.simulator.ads import accounts, registration, reporting
from entrypoints.simulator.ads.api import AdsApi, api_blueprint
from entrypoints.simulator.ads.archive import Archive, archive_blueprint
from entrypoints.simulator.ads.consent import AdsConsent, consent_blueprint
from entrypoints.simulator.ads.control import AdsLevers, ads_control_blueprint
from entrypoints.simulator.ads.desk import AdReportDesk
from entrypoints.simulator.ads.directory import Directory
from entrypoints.simulator.ads.figures import AdFigures
from entrypoints.simulator.ads.registration import Registry
from entrypoints.simulator.ads.restating import Restatements
from entrypoints.simulator.ads.tokens import AdsTokens
from entrypoints.simulator.ads.truth import AdsTruth
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.order_troubles import OrderTroubles
from entrypoints.simulator.reception import Reception
from entrypoints.simulator.store import Store
from entrypoints.simulator.tokens import Signer


@dataclass(frozen=True)
class Ads:
    """All parts of one simulated Ads API."""

    tokens: AdsTokens
    directory: Directory
    figures: AdFigures
    restatements: Restatements
    api: AdsApi

    def refresh_token(self, person_id: str | None = None) -> str:
        """A refresh token as a person's consent would give it; the agency's without an id.

        Raises:
            KeyError: there is no such person.
        """
        person = self.directory.everybody.person(person_id)
        if person is None:
            raise KeyError(person_id)
        return self.tokens.refresh_token(person.id)


def add_ads(
    app: Flask,
    config: SimulatorConfig,
    store: Store,
    signer: Signer,
    reception: Reception,
    troubles: OrderTroubles,
) -> Ads:
    """An Ads API beside the SP-API of an application."""
    tokens, registry, restatements = AdsTokens(config, signer), Registry(config), Restatements()
    directory = Directory(config, registry.of)
    figures = AdFigures(store, troubles, restatements)
    archive = Archive(config, directory, figures, signer, AdReportDesk(config.report_seconds))
    operations = (
        *accounts.operations(directory, signer),
        *registration.operations(registry, accounts.Accounts(directory, signer)),
        *reporting.operations(archive),
    )
    api = AdsApi(config, tokens, directory, archive.desk, operations, reception.calls)
    levers = AdsLevers(api, registry, restatements, AdsTruth(figures))
    app.register_blueprint(consent_blueprint(AdsConsent(tokens, directory)))
    app.register_blueprint(api_blueprint(api, reception))
    app.register_blueprint(archive_blueprint(archive, reception))
    app.register_blueprint(registration.terms_blueprint(registry))
    app.register_blueprint(ads_control_blueprint(levers))
    return Ads(tokens, directory, figures, restatements, api)
