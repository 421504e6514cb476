"""The way to the Ads API: tokens, the client that spends them, and the door by which advertisers come in."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from adapters.ads.addresses import AdsAddresses
from adapters.ads.client import AdsClient, AdsDoor
from adapters.ads.consent_pages import AdsConsentPages
from adapters.ads.directory import AmazonAdsDirectory
from adapters.ads.limits import CREATION
from adapters.amazon.call_log import LoggedCalls
from adapters.amazon.lwa import Lwa
from adapters.metered import MeteredCalls, MeteredLwa
from adapters.tracing import TracedWire
from domain.ads.consent import AdsConsent
from domain.ads.diagnosis import AdsDiagnosis
from domain.ads.grants import AdsGrants
from domain.ads.tokens import RegionalClients
from domain.connections.health import Health
from domain.connections.model import Connection, ConnectionId, Provider
from domain.connections.states import States
from domain.connections.trials import Trials
from domain.credentials.application import ADVERTISERS, ApplicationClient
from domain.credentials.pace import Pace
from domain.credentials.ports import LwaEndpoint
from domain.credentials.shelf import SecretShelf
from domain.gateway.call import Gateway
from domain.gateway.metering import Metering
from domain.marketplaces import Region
from domain.tokens.access import AccessTokens
from domain.tokens.renewals import Renewals
from entrypoints.bootstrap.ground import Ground
from entrypoints.services import AdsDoors
from entrypoints.settings import Settings

#: Whoever needs a token at once finds so many exchanges left, however many tokens are being renewed ahead of time.
_EXCHANGES_FOR_THE_HURRIED = 20.0


@dataclass(frozen=True)
class Ads:
    """Asked for tokens, and with them for everything else."""

    addresses: AdsAddresses
    codes: RegionalClients
    tokens: AccessTokens
    renewals: Renewals
    client: AdsClient


def ads_on(ground: Ground, metering: Metering) -> Ads:
    """Asks nobody yet."""
    settings = ground.settings
    addresses = AdsAddresses(settings.ads_api_url, settings.ads_consent_url, settings.ads_token_url)
    pace = Pace(ground.buckets, ground.clock, ground.chance)
    clients = _clients(ground, addresses, pace)
    unhurried = _clients(ground, addresses, replace(pace, reserve=_EXCHANGES_FOR_THE_HURRIED))
    tokens = AccessTokens(
        work=ground.work,
        look=ground.look,
        exchange=clients,
        clock=ground.clock,
        pause=ground.pause,
        owner=ground.owner,
        claim_seconds=2 * settings.http_timeout_seconds + 5,
        revoked=_revoked(Health(ground.work, ground.clock)),
        channel="ads",
    )
    renewals = Renewals(
        ground.work,
        ground.look,
        replace(tokens, exchange=unhurried),
        ground.clock,
        ground.chance,
        ground.owner,
        2 * tokens.claim_seconds,
        Provider.AMAZON_ADS,
    )
    return Ads(addresses, clients, tokens, renewals, _client(ground, addresses, tokens, metering))


def ads_doors_on(ground: Ground, ads: Ads, trials: Trials) -> AdsDoors:
    """Starts nothing."""
    settings, work, look, clock = ground.settings, ground.work, ground.look, ground.clock
    pages = AdsConsentPages(ads.addresses, settings.amazon_ads_client_id, settings.missing_ads_client)
    return AdsDoors(
        consent=AdsConsent(
            look=look,
            pages=pages,
            codes=ads.codes,
            states=States(work, ground.random_tokens, clock),
            grants=AdsGrants(work, clock),
            trials=trials,
            redirect_uri=settings.redirect_uri("ads"),
        ),
        renewals=ads.renewals,
        diagnosis=AdsDiagnosis(
            look, ads.tokens, AmazonAdsDirectory(ads.client), clock, ground.stopwatch, ground.buckets
        ),
    )


def _clients(ground: Ground, addresses: AdsAddresses, pace: Pace) -> RegionalClients:
    settings = ground.settings
    shelf = SecretShelf(
        ground.work, ground.look, ground.clock, settings.amazon_ads_client_id or "", _secrets(settings)
    )

    def endpoint(region: Region) -> LwaEndpoint:
        lwa = Lwa(addresses, ground.outbound, ground.clock, region.value)
        return MeteredLwa(lwa, ground.meter, ground.stopwatch)

    client = ApplicationClient(
        endpoint(Region.NA), shelf, pace, ground.clock, settings.missing_ads_client, ADVERTISERS
    )
    return RegionalClients.of(client, endpoint)


def _client(ground: Ground, addresses: AdsAddresses, tokens: AccessTokens, metering: Metering) -> AdsClient:
    settings = ground.settings
    client_id = settings.amazon_ads_client_id or ""
    gateway = Gateway(
        wire=TracedWire(AdsDoor(addresses, ground.outbound, client_id), ground.tracing),
        tokens=tokens,
        buckets=ground.buckets,
        clock=ground.clock,
        pause=ground.pause,
        chance=ground.chance,
        stopwatch=ground.stopwatch,
        log=MeteredCalls(LoggedCalls("ads"), ground.meter),
        meter=metering,
        application=client_id,
        timeout_seconds=settings.http_timeout_seconds,
        party=_party,
    )
    creation = replace(CREATION, rate=settings.ads_reports_per_minute / 60)
    return AdsClient(gateway, settings.missing_ads_client, creation)


def _party(connection: Connection) -> str:
    """All advertisers are called the same: they are told apart by their connections."""
    return str(connection.id)


def _secrets(settings: Settings) -> tuple[str, ...]:
    secret = settings.amazon_ads_client_secret
    return (secret.get_secret_value(),) if secret else ()


def _revoked(health: Health) -> Callable[[UUID, int], None]:
    def revoked(connection_id: UUID, version: int) -> None:
        message = "Amazon does not honour the consent to advertising any more: give it again to go on."
        health.revoked(ConnectionId(connection_id), message, version)

    return revoked
