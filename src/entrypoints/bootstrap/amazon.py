"""The way to Amazon: tokens, and the gateway that spends them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from adapters.amazon.call_log import LoggedCalls
from adapters.amazon.lwa import Lwa
from adapters.amazon.reports import AmazonReports
from adapters.amazon.sigv4 import SigV4Signer
from adapters.amazon.sp_api import SpApiWire
from adapters.amazon.store import AmazonSellers
from adapters.amazon.sts import StsRoles
from adapters.metered import MeteredCalls, MeteredLwa
from adapters.tracing import TracedWire
from domain.connections.health import Health
from domain.connections.model import ConnectionId
from domain.credentials.application import ApplicationClient
from domain.credentials.pace import Pace
from domain.credentials.shelf import SecretShelf
from domain.gateway.call import Gateway
from domain.gateway.metering import Metering
from domain.tokens.access import AccessTokens
from domain.tokens.renewals import Renewals
from entrypoints.bootstrap.ground import Ground

#: Whoever needs a token at once finds so many exchanges left, however many tokens are being renewed ahead of time.
_EXCHANGES_FOR_THE_HURRIED = 20.0


@dataclass(frozen=True)
class Amazon:
    """Asked for tokens, and with them for everything else."""

    missing_client: tuple[str, ...]  # the settings without which there is no LWA client
    shelf: SecretShelf
    credentials: ApplicationClient
    health: Health
    tokens: AccessTokens
    renewals: Renewals
    roles: StsRoles
    metering: Metering
    gateway: Gateway
    sellers: AmazonSellers
    reports: AmazonReports


def amazon_on(ground: Ground) -> Amazon:
    """Asks nobody yet."""
    settings, clock = ground.settings, ground.clock
    missing_client = settings.missing_lwa_client
    client_id = settings.amazon_lwa_app_id or ""
    shelf = SecretShelf(ground.work, ground.look, clock, client_id, settings.amazon_lwa_client_secrets)
    pace = Pace(ground.buckets, clock, ground.chance)
    lwa = MeteredLwa(Lwa(ground.addresses, ground.outbound, clock), ground.meter, ground.stopwatch)
    credentials = ApplicationClient(lwa, shelf, pace, clock, missing_client)
    unhurried = replace(credentials, pace=replace(pace, reserve=_EXCHANGES_FOR_THE_HURRIED))
    health = Health(ground.work, clock)
    tokens = _tokens(ground, credentials, health)
    roles = StsRoles(settings.amazon_region, settings.sts_url, settings.http_timeout_seconds, clock)
    metering = Metering(ground.work, clock)
    gateway = _gateway(ground, tokens, roles, metering)
    return Amazon(
        missing_client=missing_client,
        shelf=shelf,
        credentials=credentials,
        health=health,
        tokens=tokens,
        renewals=Renewals(
            ground.work,
            ground.look,
            replace(tokens, exchange=unhurried),
            clock,
            ground.chance,
            ground.owner,
            2 * tokens.claim_seconds,
        ),
        roles=roles,
        metering=metering,
        gateway=gateway,
        sellers=AmazonSellers(gateway),
        reports=AmazonReports(gateway, ground.outbound, ground.addresses),
    )


def _tokens(ground: Ground, credentials: ApplicationClient, health: Health) -> AccessTokens:
    return AccessTokens(
        work=ground.work,
        look=ground.look,
        exchange=credentials,
        clock=ground.clock,
        pause=ground.pause,
        owner=ground.owner,
        claim_seconds=2 * ground.settings.http_timeout_seconds + 5,
        revoked=_revoked(health),
    )


def _gateway(ground: Ground, tokens: AccessTokens, roles: StsRoles, metering: Metering) -> Gateway:
    settings = ground.settings
    signer = SigV4Signer(roles, settings.amazon_sp_role_arn)
    return Gateway(
        wire=TracedWire(SpApiWire(ground.addresses, ground.outbound, ground.clock, signer), ground.tracing),
        tokens=tokens,
        buckets=ground.buckets,
        clock=ground.clock,
        pause=ground.pause,
        chance=ground.chance,
        stopwatch=ground.stopwatch,
        log=MeteredCalls(LoggedCalls(), ground.meter),
        meter=metering,
        application=settings.amazon_lwa_app_id or "",
        timeout_seconds=settings.http_timeout_seconds,
    )


def _revoked(health: Health) -> Callable[[UUID, int], None]:
    def revoked(connection_id: UUID, version: int) -> None:
        message = "Amazon does not honour the consent any more: give it again to go on."
        health.revoked(ConnectionId(connection_id), message, version)

    return revoked
