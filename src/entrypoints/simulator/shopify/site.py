"""The simulated Shopify, put together."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.reception import Reception
from entrypoints.simulator.shopify.admin import AdminApi, admin_blueprint
from entrypoints.simulator.shopify.bulk import BulkDesk
from entrypoints.simulator.shopify.controls import Levers
from entrypoints.simulator.shopify.doors import doors_blueprint
from entrypoints.simulator.shopify.oauth import TokenDesk
from entrypoints.simulator.shopify.points import PointBuckets
from entrypoints.simulator.shopify.shops import Shops
from entrypoints.simulator.shopify.switches import Switchboard
from entrypoints.simulator.shopify.tokens import TokenOffice
from entrypoints.simulator.tokens import Signer


@dataclass(frozen=True)
class Shopify:
    """All parts of one simulated Shopify."""

    shops: Shops
    tokens: TokenDesk
    api: AdminApi
    switchboard: Switchboard

    @property
    def levers(self) -> Levers:
        return Levers(self.shops, self.tokens, self.api.buckets, self.switchboard)


def add_shopify(app: Flask, config: SimulatorConfig, signer: Signer, reception: Reception) -> Shopify:
    """A Shopify beside the Amazon of an application."""
    switchboard = Switchboard()
    shops = Shops(config)
    tokens = TokenDesk(config, TokenOffice(signer))
    bulks = BulkDesk(switchboard, signer, config.now, config.bulk_seconds)
    buckets = PointBuckets(switchboard, config.rate_factor, config.now)
    api = AdminApi(config, shops, tokens, bulks, buckets, switchboard)
    app.register_blueprint(doors_blueprint(shops, tokens, signer, reception))
    app.register_blueprint(admin_blueprint(api, reception))
    return Shopify(shops, tokens, api, switchboard)
