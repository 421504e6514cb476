"""Webhooks: what a store tells an application of its own accord, signed over the very bytes.

Source: https://shopify.dev/docs/apps/build/webhooks and https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from entrypoints.simulator.moments import iso, to_ms
from entrypoints.simulator.shopify.admin import VERSIONS
from entrypoints.simulator.shopify.signing import body_signature
from entrypoints.simulator.shopify.stores import ShopifyStore

TOPICS = ("app/uninstalled", "shop/redact", "customers/redact", "customers/data_request")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: As long as Shopify waits.
_SECONDS = 5.0


class NotSent(ValueError):
    """A webhook that could not be delivered; the message says why."""


@dataclass(frozen=True)
class Delivery:
    """One delivery. ``signed=False`` spoils the signature; an ``id`` that was used before plays a repetition."""

    store: ShopifyStore
    topic: str
    url: str
    payload: Mapping[str, Any] | None = None
    signed: bool = True
    id: str | None = None

    def send(self, secret: str, now: datetime) -> int:
        """The status that the application answers.

        Raises:
            NotSent: nobody answers there, or the address is not on this machine.
        """
        parts = urlsplit(self.url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise NotSent("url must be an http address on this machine")
        body = json.dumps(self.payload if self.payload is not None else self._usual()).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": self.topic,
            "X-Shopify-Shop-Domain": self.store.shop,
            "X-Shopify-API-Version": VERSIONS[-1],
            "X-Shopify-Webhook-Id": self.id or str(uuid4()),
            "X-Shopify-Triggered-At": iso(to_ms(now)),
            "X-Shopify-Hmac-SHA256": body_signature(secret if self.signed else f"not {secret}", body),
        }
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=_SECONDS)
        try:
            connection.request("POST", path or "/", body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise NotSent(f"nobody answered at {parts.netloc}: {type(error).__name__}") from error
        finally:
            connection.close()

    def _usual(self) -> dict[str, Any]:
        shop = {"shop_id": sum(map(ord, self.store.shop)) * 1009, "shop_domain": self.store.shop}
        customer = {"id": 191_167, "email": "customer@shop.example", "phone": None}
        if self.topic == "customers/redact":
            return {**shop, "customer": customer, "orders_to_redact": []}
        if self.topic == "customers/data_request":
            return {**shop, "customer": customer, "orders_requested": [], "data_request": {"id": 9_999}}
        if self.topic == "shop/redact":
            return shop
        return {
            "id": shop["shop_id"],
            "name": self.store.name,
            "domain": self.store.shop,
            "myshopify_domain": self.store.shop,
        }
