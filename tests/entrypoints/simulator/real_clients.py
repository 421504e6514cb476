"""Real clients of SP-API, pointed at a simulator; only the hosts are changed.

``amzn-sp-api`` (Amazon's own) takes both hosts as parameters. Its models build a ``Configuration`` each, and each
one adds a log handler, unless a default is set: ``Configuration.set_default`` is its own cure.

``python-amazon-sp-api`` takes the SP-API host from the marketplace object and LWA's from the token client's
class, which is a parameter. It cuts eight characters ("https://") off the endpoint to make the Host header, and
keeps tokens in a cache of the process, which each test begins by emptying.
"""

from __future__ import annotations

from dataclasses import dataclass

from sp_api.auth import AccessTokenClient

from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.server import SimulatorServer
from tests.entrypoints.simulator.official_sdk import SPAPIClient, SPAPIConfig


def official(server: SimulatorServer, region: str, refresh_token: str | None = None):
    config = server.simulator.config
    seller = next(each for each in config.sellers if each.region == region)
    credentials = SPAPIConfig(
        client_id=config.client_id,
        client_secret=config.client_secret,
        refresh_token=refresh_token or server.simulator.refresh_token(seller.id),
        region=region.upper(),
    )
    return SPAPIClient(
        credentials, oauth_endpoint=f"{server.base_url}/auth/o2/token", endpoint=f"{server.base_url}/{region}"
    ).api_client


def close(api_client) -> None:
    """The SDK never closes its connections; a test that counts warnings as errors must."""
    api_client.rest_client.pool_manager.clear()


@dataclass(frozen=True)
class Place:
    """A marketplace as the library wants it: it reads these three names and nothing else."""

    endpoint: str
    marketplace_id: str
    region: str


def community(api, server: SimulatorServer, country: str, **options):
    """One of the library's API objects for a marketplace, with the library's own credentials argument."""
    marketplace = BY_COUNTRY[country]
    config = server.simulator.config
    seller = next(each for each in config.sellers if each.region == marketplace.region)

    class LoopbackTokenClient(AccessTokenClient):  # type: ignore[misc]  # the library has no types
        scheme = "http://"
        host = server.base_url.removeprefix("http://")

    return api(
        marketplace=Place(f"{server.base_url}/{marketplace.region}", marketplace.id, marketplace.region),
        credentials={"lwa_app_id": config.client_id, "lwa_client_secret": config.client_secret},
        refresh_token=options.pop("refresh_token", None) or server.simulator.refresh_token(seller.id),
        auth_token_client_class=LoopbackTokenClient,
        timeout=60,  # the library's own is short for a slow machine
        **options,
    )


def finish(api) -> None:
    api.close()
    api._auth._transport.close()
