"""The embedded Amazon, and the Shopify beside it: started when the settings ask for it. Only addresses tell them apart."""

import json
import logging
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from pydantic import SecretStr

from entrypoints.settings import Problem, Settings, SettingsError
from entrypoints.simulator.ads.config import AdsConfig
from entrypoints.simulator.config import SimulatorConfig

log = logging.getLogger(__name__)

_DEFAULT_PORT = 5000
#: As slow as the real one on a good day, so that what waits for it can be seen waiting.
_LATENCY_MS = 250


def with_embedded_amazon(settings: Settings) -> Settings:
    """The settings with the embedded Amazon's addresses and client in them, Shopify's too, and both running.

    It listens on the port after ``PUBLIC_URL``'s, so that every process of one installation finds the same one; it
    remembers nothing but what its tokens carry, so it may end and begin with any process.

    Raises:
        SettingsError: the port is somebody else's.
    """
    if not settings.amazon_simulator:
        return settings
    port = (urlsplit(settings.public_url).port or _DEFAULT_PORT) + 1
    base = f"http://127.0.0.1:{port}"
    config = SimulatorConfig(
        redirect_uris=(settings.redirect_uri("amazon"),),
        shopify_redirect_uris=(settings.redirect_uri("shopify"),),
        ads=AdsConfig(redirect_uris=(settings.redirect_uri("ads"),)),
        login_uri=f"{settings.public_url}/api/v1/amazon/oauth/login",
        app_is_draft=settings.amazon_app_draft,
        latency_ms=_LATENCY_MS,
    )
    if not _answers(base):
        _start(config, port)
    given = {
        "amazon_app_id": config.application_id,
        "amazon_lwa_app_id": config.client_id,
        "amazon_lwa_client_secret": SecretStr(config.client_secret),
        "lwa_token_url": f"{base}/auth/o2/token",
        "sp_api_url": f"{base}/{{region}}",
        "seller_central_url": f"{base}/{{region}}",
    }
    if plays_shopify(settings):
        given |= {
            "shopify_url": base,
            "shopify_client_id": config.shopify_client_id,
            "shopify_client_secret": SecretStr(config.shopify_client_secret),
        }
    if plays_ads(settings):
        given |= {
            "ads_api_url": f"{base}/ads/{{region}}",
            "ads_consent_url": f"{base}/{{region}}/ap/oa",
            "ads_token_url": f"{base}/auth/o2/token",
            "amazon_ads_client_id": config.ads.client_id,
            "amazon_ads_client_secret": SecretStr(config.ads.client_secret),
        }
    unset = {name: value for name, value in given.items() if getattr(settings, name) is None}
    return settings.model_copy(update=unset)


def plays_ads(settings: Settings) -> bool:
    """Whether the embedded Ads API answers, too: nobody has brought one of their own along."""
    own = (
        settings.ads_api_url,
        settings.ads_consent_url,
        settings.ads_token_url,
        settings.amazon_ads_client_id,
    )
    return settings.amazon_simulator and not any(own)


def plays_shopify(settings: Settings) -> bool:
    """Whether the embedded Shopify answers, too: nobody has brought a Shopify of their own along."""
    own = (settings.shopify_url, settings.shopify_client_id, settings.shopify_shop)
    return settings.amazon_simulator and not any(own)


def _start(config: SimulatorConfig, port: int) -> None:
    from entrypoints.simulator.server import SimulatorServer  # noqa: PLC0415 - a whole web application, needed here only

    try:
        SimulatorServer(config, port=port).start()
    except OSError as error:
        if _answers(f"http://127.0.0.1:{port}"):
            return  # another process of ours was quicker
        message = f"port {port}, where the embedded Amazon would listen, is taken; change PUBLIC_URL's port or free it"
        raise SettingsError((Problem("PUBLIC_URL", message),)) from error
    log.info("the embedded Amazon listens", extra={"port": port})


def _answers(base: str) -> bool:
    """Whether an embedded Amazon is there already."""
    try:
        with urllib.request.urlopen(f"{base}/simulator/health", timeout=2) as answer:  # noqa: S310 - loopback
            return isinstance(json.load(answer), dict)
    except (OSError, ValueError):
        return False
